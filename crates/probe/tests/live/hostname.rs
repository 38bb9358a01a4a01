//! LB-01 with names that resolve to the load balancer, to another address, or not at all.

use domain::check::{CheckId, Outcome};

use crate::support::{Plan, wait};

const NAME: &str = "login.example.com";
const LB01: [CheckId; 1] = [CheckId::Lb01];

#[test]
fn a_name_that_resolves_to_the_load_balancer_passes() {
    let mut plan = Plan::at(3306);
    assert_eq!(wait(plan.run(&LB01)).of(CheckId::Lb01).outcome, Outcome::Passed, "no address was given");
    plan.resolves(NAME, &["10.20.0.5"]).set("load_balancer.address", "10.20.0.5");
    assert_eq!(wait(plan.run(&LB01)).of(CheckId::Lb01).outcome, Outcome::Passed);
    plan.set("load_balancer.address", "lb.example.com").resolves("lb.example.com", &["10.20.0.5", "10.20.0.6"]);
    assert_eq!(wait(plan.run(&LB01)).of(CheckId::Lb01).outcome, Outcome::Passed);
}

#[test]
fn a_name_that_resolves_to_another_address_fails_with_the_hosts_line() {
    let mut plan = Plan::at(3306);
    plan.resolves(NAME, &["10.9.9.9"]).set("load_balancer.address", "10.20.0.5");
    let run = wait(plan.run(&LB01));
    let result = run.fails_alone(CheckId::Lb01, "login.example.com resolves to 10.9.9.9");
    assert_eq!(result.required, "login.example.com resolves to 10.20.0.5.");
    assert_eq!(result.remedy.commands, ["echo '10.20.0.5 login.example.com' | sudo tee -a /etc/hosts"]);
}

#[test]
fn a_name_that_also_resolves_to_another_address_warns() {
    let mut plan = Plan::at(3306);
    plan.resolves(NAME, &["10.20.0.5", "10.9.9.9"]).set("load_balancer.address", "10.20.0.5");
    wait(plan.run(&LB01)).warns_alone(CheckId::Lb01, "10.9.9.9");
}

#[test]
fn a_name_that_does_not_exist_fails_with_the_hosts_line() {
    let mut plan = Plan::at(3306);
    plan.set("load_balancer.hostname", "sso.example.com").set("load_balancer.address", "10.20.0.5");
    let run = wait(plan.run(&LB01));
    let result = run.fails_alone(CheckId::Lb01, "sso.example.com does not resolve");
    assert_eq!(result.remedy.commands, ["echo '10.20.0.5 sso.example.com' | sudo tee -a /etc/hosts"]);

    // All on one machine, which is also the load balancer.
    plan.set("load_balancer.address", "").node("is-1", "127.0.0.1", 9443).node("is-2", "localhost", 9444);
    let run = wait(plan.run(&LB01));
    let result = run.fails_alone(CheckId::Lb01, "does not resolve");
    assert_eq!(result.remedy.commands, ["echo '127.0.0.1 sso.example.com' | sudo tee -a /etc/hosts"]);
}

#[test]
fn what_cannot_be_looked_up_is_not_wrong() {
    let mut plan = Plan::at(3306);
    plan.name_server_is_silent_about(NAME);
    wait(plan.run(&LB01)).could_not_check(CheckId::Lb01, "name server");
    plan.resolves(NAME, &["10.20.0.5"]).set("load_balancer.address", "lb.example.com");
    wait(plan.run(&LB01)).could_not_check(CheckId::Lb01, "The load balancer address lb.example.com does not resolve");
}
