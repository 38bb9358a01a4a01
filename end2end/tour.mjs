// Takes the pictures of the book's tour (docs/quick-start.md): node tour.mjs ADDRESS FOLDER, against a running wizard whose database answers
// at 127.0.0.1 with the account given in TOUR_DATABASE as port:password. It is no test and asserts nothing.
import { launchBrowser } from './support/browser.mjs';

const [address, folder] = process.argv.slice(2);
const [port, password] = (process.env.TOUR_DATABASE ?? '3306:').split(':');
const browser = await launchBrowser();
const page = await (await browser.newContext({ viewport: { width: 1000, height: 720 } })).newPage();
const picture = (name, fullPage = false) => page.screenshot({ path: `${folder}/${name}.png`, fullPage });
const next = () => page.locator('main button:not(.default-action)', { hasText: 'Continue' }).click();
const heading = (text) => page.waitForSelector(`h1:has-text("${text}")`);

await page.goto(address);
await picture('start');
await page.fill('input[name=title]', 'Staging login');
await page.locator('form[action="/plans"] button').click();
await heading('Product');
await next();
await heading('Database');
await page.fill('[name="database.port"]', port);
await page.fill('[name="database.password"]', password);
await page.locator('button', { hasText: 'Test connection' }).click();
await page.locator('#check-DB-14 .badge', { hasText: 'passed' }).waitFor({ state: 'attached' });
await page.locator('#checks').scrollIntoViewIfNeeded();
await picture('checks');
await next();
await heading('User store');
await page.fill('[name="user_store.admin_password"]', 'Adm1n!changeMe');
await next();
await heading('Clustering');
await picture('clustering');
await next();
await heading('Load balancer');
await next();
await heading('Review');
await picture('review');
await page.goto(page.url().replace(/#.*/, '').replace('/review', '/preview/nodes/node1/repository/conf/deployment.toml'));
await picture('preview');
await browser.close();
