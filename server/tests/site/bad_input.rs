//! Every field with everything that people and attackers enter: the page reports the problem, or keeps the value.

use axum::http::StatusCode;
use domain::steps;

use crate::support::Wizard;

/// The texts that are entered in every field.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        "   ",
        "\u{1}\u{2}",
        "\"",
        "'",
        "\\",
        "a\nb",
        "'; DROP TABLE x; --",
        "{{7*7}}",
        "${x}",
        "$ref{server.hostname}",
        "{% if %}",
        "<script>alert(1)</script>",
        "🔥",
        "مرحبا",
        "\u{202e}abc",
        "host:3306",
        "jdbc:mysql://db:3306/x?useSSL=false&password=p",
        "0",
        "65536",
        "-1",
        "1e3",
        "::1",
        "[2001:db8::1]",
        "bücher.example",
        "&",
        "a&b<c>",
        "%s%n",
        "../../etc/passwd",
        "\r\nSet-Cookie: x",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("x".repeat(10_240));
    texts
}

#[tokio::test]
async fn every_field_takes_everything_without_falling_over() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    for setting in steps::all() {
        let name = match setting.key.strip_prefix("clustering.nodes.") {
            Some(column) => format!("nodes.0.{column}"),
            None => setting.key.to_owned(),
        };
        for text in hostile() {
            let mut fields = vec![(name.as_str(), text.as_str()), ("action", "continue")];
            if setting.key.starts_with("clustering.nodes.") {
                fields.push(("clustering.scheme", "wka"));
            }
            let answer = wizard.post(&format!("{plan}/{}", setting.step.slug()), &fields).await;
            let expected = [StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY];
            assert!(expected.contains(&answer.status), "{name} with {text:.40}: {}", answer.status);
            let page = answer.text();
            assert!(!page.contains("<script>alert"), "{name} is not escaped");
            if answer.status == StatusCode::UNPROCESSABLE_ENTITY {
                assert!(page.contains("There is a problem"), "{name} with {text:.40}");
            }
        }
        // The entered text must not affect the page of the next field.
        let fields = [(name.as_str(), setting.examples[0]), ("action", "save"), ("clustering.scheme", "wka")];
        wizard.post(&format!("{plan}/{}", setting.step.slug()), &fields).await;
    }
}
