//! Starts that do not finish, when no other rule knows the reason.

use super::super::failure::ValueSource::Between;
use super::super::failure::{ANY_AREA, FailureArea};
use super::super::pattern::Pattern::{All, Any, Entry, Has, Logger, Never, Not};
use super::declare::failure_rules;

failure_rules! {
    "offline-schema" Server Start "OAuth and SCIM are not deployed, because an XML schema is fetched from the internet"
        cause "6.0.0 fetches a schema of Spring from www.springframework.org at the start. Without a way to the internet, /oauth2 and /scim2 are missing, although health and the console work. 6.1.0 no longer needs it."
        check "Open /oauth2/token/.well-known/openid-configuration on the node." [Lb05]
        remedy "Give the node access to the address for its start, place the schema of the pack's spring-beans jar where the server looks for it, or use 6.1.0 or later."
        run ["lib/runtimes/cxf3/org/springframework/beans/factory/xml/spring-beans-2.0.xsd"]
        when Any(&[
            Has("unknownhostexception: www.springframework.org"),
            All(&[Has("schema_reference"), Has("springframework")]),
            All(&[Has("cvc-elt"), Has("'beans'")]),
            All(&[Entry("springframework"), Has("failed to read schema document")]),
        ]);

    "start-waits" Server Start "The start waits for services that do not come"
        cause "Bundles of the server wait for services that were never registered, because their bundle failed before. The list in the message names them; the ports of IS stay closed."
        check "Read the first ERROR of this start, above this line." [Nd07, Db05, Nd13]
        remedy "Repair the first error, and restart the node: it does not continue by itself."
        when Never;
        values [Between("Waiting for", "waiting for required ", "")];
        symptom_of ANY_AREA;

    "user-core-not-started" Server Start "The user management did not start"
        cause "The database of the users or the user store could not be opened, so the server never becomes ready. The reason is only in the last “Caused by” of the entries around this line."
        check "Read the last “Caused by” of the entries at this time in wso2carbon.log." [Db02, Db05, Us01]
        remedy "Correct what the last “Caused by” names, and restart: the node does not try again by itself."
        when Any(&[
            Has("cannot start user manager core bundle"),
            Has("cannot initialize the realm"),
            Has("db error occurred while persisting domain"),
            All(&[Logger("defaultrealm"), Has("invocationtargetexception")]),
            Has("userrealm is not initialized"),
        ]);
        symptom_of ANY_AREA;

    "user-store-call-failed" Server Function "Requests to a user store fail"
        cause "An operation on users failed. The message only wraps the failure: the cause in the entry, or the entry before it, has the reason."
        check "Read the entries of the same second, from the first on." [Us01, Db02]
        remedy "Repair the database or directory that the entry before names."
        when Any(&[
            Has("accessing java security manager privilege block"),
            Has("system error while authenticating/authorizing user"),
            Has("error while authenticating user"),
            Has("basicauthentication failed while trying to authenticate"),
            Has("error occurred while authenticating user"),
        ]);
        symptom_of &[FailureArea::Database, FailureArea::Directory];

    "registry-not-started" Server Start "The registry did not start"
        cause "The registry could not read or create its root: its database failed, or the local H2 file of the node is damaged."
        check "Read the entries before this line." [Db02, Db14, Nd09]
        remedy "Repair the database that the entries before name, and restart."
        when Any(&[
            Has("failed to add the root collection"),
            Has("failed to initialize registry"),
            Has("failed to activate registry core bundle"),
            Has("failed to start new registry transaction"),
            Has("failed to get id of the resource at path"),
        ]);
        symptom_of ANY_AREA;

    "component-not-activated" Server Start "A component of the server was not activated"
        cause "A part of the server failed while it started, so that the functions of this part are missing, although the server may report that it started. The cause in the entry, or the entry before it, has the reason."
        check "Read the last “Caused by” of this entry, and the entries before it." [Db14, Nd13]
        remedy "Repair the cause, and restart the node: a component is not activated later."
        when Any(&[
            Has("error while activating"),
            Has("error occurred while activating"),
            All(&[Has("failed to activate"), Not(&Has("carbon core bundle"))]),
            Has("activate method has thrown an exception"),
        ]);
        symptom_of ANY_AREA;

    "web-application-not-deployed" Server Start "A web application was not deployed"
        cause "A part of the server, such as OAuth, SCIM or the login pages, failed while it was deployed. The server reports that it started, but every request to this part fails. The cause in the entry, or the entry before it, has the reason."
        check "Open an address of this part, such as discovery, on the node." [Lb05]
        remedy "Repair the cause, and restart the node."
        when Any(&[
            All(&[Has("servlet.init() for servlet"), Has("threw exception")]),
            All(&[Has("in web application"), Has("threw load() exception")]),
            Has("webapp failed to deploy"),
            All(&[Has("webapp "), Has("failed to deploy")]),
            All(&[Has("context ["), Has("startup failed due to previous errors")]),
            Has("failed to start component [standardengine[catalina].standardhost"),
            Has("listeners failed to start"),
            Has("context initialization failed"),
        ]);
        values [Between("Application", "in web application [", "]"), Between("Servlet", "for servlet [", "]")];
        symptom_of ANY_AREA;

    "server-not-started" Server Start "The server did not start"
        cause "A part that the server cannot run without failed. The cause in the entry, or the first error of this start, has the reason."
        check "Read the first ERROR of this start." [Nd07, Nd13]
        remedy "Repair the first error, and start again."
        when All(&[Any(&[
            Has("wso2 carbon initialization failed"),
            Has("failed to activate carbon core bundle"),
            Has("startup failed."),
            Has("cannot activate startupfinalizerservicecomponent"),
            Has("error while starting server"),
            Has("failed to obtain the server configuration"),
        ]), Not(&Entry("context ["))]);
        symptom_of ANY_AREA;
}
