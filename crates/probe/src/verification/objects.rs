//! The test objects of a run: each is noted before anything else is done with it, and removed at the end, also after a failure or
//! a cancelled run. So are objects that an interrupted run left.

use domain::secret::Secret;
use futures::future::join_all;

use super::access::VerificationAccount;
use super::api::{Api, TestApplication, TestUser, TokenFormat};
use super::cluster::Cluster;
use super::encode::{basic_authorization, derived_secret};
use super::endpoint::ClusterEndpoint;
use super::failure::FailedOperation;
use super::names::{PREFIX, TestName, is_left_over, without_store};
use crate::facts::test_objects::{ObjectKind, TestObject, TestObjects};

/// A verification with an account: creates test objects and notes them.
pub(super) struct Workshop<'a> {
    pub(super) cluster: &'a Cluster<'a>,
    account: &'a VerificationAccount,
    authorization: String,
    objects: &'a TestObjects,
    /// When the run began, in Unix seconds.
    began: u64,
}

impl<'a> Workshop<'a> {
    pub(super) fn new(
        cluster: &'a Cluster<'a>,
        account: &'a VerificationAccount,
        objects: &'a TestObjects,
        began: u64,
    ) -> Self {
        let authorization = basic_authorization(&account.username, &account.password);
        Self { cluster, account, authorization, objects, began }
    }

    /// The operations at `at`, as the account.
    pub(super) fn api<'b>(&'b self, at: &'b ClusterEndpoint) -> Api<'b> {
        Api::new(self.cluster, at, &self.authorization)
    }

    fn name(&self) -> TestName {
        TestName::new(&self.account.run_name, self.began, self.objects.next_number())
    }

    fn position(&self, at: &ClusterEndpoint) -> usize {
        self.cluster.nodes.iter().position(|node| node.name == at.name).unwrap_or_default()
    }

    /// Creates a user at a node.
    pub(super) async fn user(&self, at: &ClusterEndpoint) -> Result<TestUser, FailedOperation> {
        let name = self.name();
        let user = self.api(at).create_user(&name, &self.account.test_password).await?;
        self.objects.note(ObjectKind::User, &user.id, self.position(at));
        Ok(user)
    }

    /// Creates an application at a node.
    pub(super) async fn application(
        &self,
        at: &ClusterEndpoint,
        format: TokenFormat,
    ) -> Result<TestApplication, FailedOperation> {
        let id = self.api(at).create_application(&self.name(), format).await?;
        self.objects.note(ObjectKind::Application, &id, self.position(at));
        self.api(at).client_of(id).await
    }

    /// Creates an identity provider with a stored secret at a node, and returns its ID.
    pub(super) async fn identity_provider(&self, at: &ClusterEndpoint) -> Result<String, FailedOperation> {
        let name = self.name();
        let secret = derived_secret(&self.account.test_password, &name);
        let id = self.api(at).create_identity_provider(&name, &secret).await?;
        self.objects.note(ObjectKind::IdentityProvider, &id, self.position(at));
        Ok(id)
    }

    /// The password of test users.
    pub(super) const fn test_password(&self) -> &Secret {
        &self.account.test_password
    }

    /// Removes every object that this run noted; one that cannot be removed at any node is left for the next run.
    pub(super) async fn remove_noted(&self) {
        let objects = self.objects.take();
        join_all(objects.iter().map(|object| self.remove(object))).await;
    }

    /// Removes what the cluster lists: objects of this run whose creation was answered too late to be noted, and those that
    /// interrupted runs left. One that cannot be listed or removed keeps no other from being removed.
    pub(super) async fn remove_listed(&self) {
        let kinds = [ObjectKind::User, ObjectKind::Application, ObjectKind::IdentityProvider];
        let lists = join_all(kinds.map(|kind| self.listed(kind))).await;
        let own = TestName::prefix_of_run(&self.account.run_name, self.began);
        let is_removed = |name: &str| without_store(name).starts_with(&own) || is_left_over(name, self.began);
        let of_kind = |(kind, list): (ObjectKind, Vec<(String, String)>)| {
            let removed = list.into_iter().filter(|(_, name)| is_removed(name));
            removed.map(|(id, _)| TestObject { kind, id, node: 0 }).collect::<Vec<_>>()
        };
        let objects: Vec<TestObject> = kinds.into_iter().zip(lists).flat_map(of_kind).collect();
        join_all(objects.iter().map(|object| self.remove(object))).await;
    }

    /// ID and name of the test objects of one kind, from the first node that lists them.
    async fn listed(&self, kind: ObjectKind) -> Vec<(String, String)> {
        for node in &self.cluster.nodes {
            let api = self.api(node);
            let list = match kind {
                ObjectKind::User => api.users_named(PREFIX).await,
                ObjectKind::Application => api.applications_named(PREFIX).await,
                ObjectKind::IdentityProvider => api.identity_providers_named(PREFIX).await,
            };
            if let Ok(list) = list {
                return list;
            }
        }
        Vec::new()
    }

    /// Removes one object at the node that created it, or at another one.
    async fn remove(&self, object: &TestObject) -> Result<(), FailedOperation> {
        let nodes = self.cluster.nodes.iter().cycle().skip(object.node).take(self.cluster.nodes.len());
        let mut last = Ok(());
        for node in nodes {
            let api = self.api(node);
            last = match object.kind {
                ObjectKind::User => api.delete_user(&object.id).await,
                ObjectKind::Application => api.delete_application(&object.id).await,
                ObjectKind::IdentityProvider => api.delete_identity_provider(&object.id).await,
            };
            if last.is_ok() {
                break;
            }
        }
        last
    }
}
