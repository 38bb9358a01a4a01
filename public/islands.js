// Wakes the islands of a page: each <leptos-island> is a piece of server-made HTML that a function of the wasm module
// takes over in place. Pages work without this file; it adds liveness.

// What a page may hand over to the reactive runtime. We hand over nothing, but the runtime looks for the lists.
for (const list of ["__RESOLVED_RESOURCES", "__SERIALIZED_ERRORS", "__INCOMPLETE_CHUNKS"]) {
  globalThis[list] ??= [];
}

// Children of an island are the server's and may hold islands of their own. Before such an inner island wakes, the
// owner of the children around it has to be made current, so that it sees the contexts of the outer island.
async function wake(node, module, enterChildren) {
  if (node.localName === "leptos-island") {
    const island = module[node.dataset.component];
    if (island) {
      enterChildren?.();
      await island(node);
    } else {
      console.error(`The island ${node.dataset.component} is not in this build.`);
    }
  } else if (node.localName === "leptos-children") {
    enterChildren = node.$$on_hydrate;
  }
  for (const child of [...node.children]) {
    await wake(child, module, enterChildren);
  }
}

// A page that answers a form with wrong answers is fetched on Reload and Back, instead of sending the form again: the
// answers are saved, and a browser would ask first.
if (document.querySelector(".error-summary")) {
  history.replaceState(history.state, "", location.href);
}

// Moments come in the words of the server's time zone. Here they are read in the reader's.
const TIME = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
const DAY = { day: "numeric", month: "long", year: "numeric" };
const dayOf = (moment) => moment.toLocaleDateString("en-GB", DAY);
function localizeTimes() {
  for (const time of document.querySelectorAll("time[datetime*=T]:not([data-local])")) {
    const moment = new Date(time.dateTime);
    const words = moment.toLocaleTimeString("en-GB", TIME);
    const dated = "day" in time.dataset || dayOf(moment) !== dayOf(new Date());
    time.textContent = dated ? `${dayOf(moment)}, ${words}` : words;
    time.dataset.local = "";
  }
}
localizeTimes();
new MutationObserver(localizeTimes).observe(document.body, { childList: true, subtree: true });

// A page that is left takes along what it still loads: that is no failure. It may come back from the browser's memory.
let left = false;
addEventListener("pagehide", () => (left = true));
addEventListener("pageshow", () => (left = false));

async function wakePage() {
  const module = await import("./hydrate.js");
  await module.default({ module_or_path: new URL("./hydrate_bg.wasm", import.meta.url) });
  module.hydrate();
  await wake(document.body, module);
  document.documentElement.dataset.islands = "awake";
}

// A page without islands does not load the module at all.
if (document.querySelector("leptos-island")) {
  wakePage().catch((error) => {
    if (!left) console.error("This page works without its live parts: they could not be loaded.", error);
  });
}
