//! Many plans in a store, each with answers, a password, keys and entries of the journal. Generating keys takes a tenth of
//! a second, so all plans have copies of one key ring.

use std::path::Path;

use render::keyring::{KeyRing, RsaBits};
use service::vault::Vault;
use store::{CreateOutcome, NewPlan, PlanId, RecordWrite, Scan, SealedSecret, StoreAddress, StoredSecret};

use testbed::plan::DATABASE_PASSWORD;

use crate::support::World;

/// Creates a plan on the site and copies of it; returns the IDs of all.
pub(super) fn many(world: &World, count: usize) -> Vec<PlanId> {
    let server = world.serve();
    let plan = server.plan();
    server.save(&plan, "database", &[("database.host", "db.example.com"), ("database.password", DATABASE_PASSWORD)]);
    server.stop().0.expect(0);
    let first: PlanId = plan.rsplit('/').next().unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(copies(&world.path("data"), first, count))
}

async fn copies(data: &Path, first: PlanId, count: usize) -> Vec<PlanId> {
    let vault = Vault::open(data, None).unwrap();
    let address = format!("sqlite:{}", data.join("clusterwright.db").display());
    let store = store::open(&StoreAddress::parse(&address).unwrap()).await.unwrap();
    let plan = store.load(first).await.unwrap().unwrap();
    let mut secrets = store.secrets(first).await.unwrap();
    // The keys, which the first download would create, are the largest part of a plan.
    let keys = KeyRing::generate(1_767_225_600, RsaBits::Bits2048).unwrap().to_secret().unwrap();
    let sealed = vault.seal(&first.to_string(), "key_ring", &keys).unwrap();
    secrets.push(StoredSecret { setting: "key_ring".to_owned(), sealed, ..secrets[0].clone() });
    let mut records = Vec::new();
    for record in store.scan("journal", Some(first), &Scan::first(100)).await.unwrap() {
        records.push(RecordWrite::append("journal", record.body));
    }
    for record in store.scan("secret-set", Some(first), &Scan::first(100)).await.unwrap() {
        records.push(RecordWrite::put("secret-set", record.key, record.body));
    }
    assert!(records.len() > 2);
    let mut ids = vec![first];
    for number in 1..count {
        let id = PlanId::from_random((number as u128).to_be_bytes());
        let seal = |kept: &StoredSecret| {
            let secret = vault.unseal(&first.to_string(), &kept.setting, &kept.sealed).unwrap();
            let sealed = vault.seal(&id.to_string(), &kept.setting, &secret).unwrap();
            SealedSecret { setting: kept.setting.clone(), sealed }
        };
        let copy = NewPlan {
            secrets: secrets.iter().map(seal).collect(),
            records: records.clone(),
            revision: plan.revision,
            ..NewPlan::new(id, plan.title.clone(), plan.document.clone(), plan.updated_at)
        };
        let created = store.create(&copy).await.unwrap();
        assert!(matches!(created, CreateOutcome::Created { .. }));
        ids.push(id);
    }
    store.close().await;
    ids
}
