//! LDAP directories and Active Directory: bind account, search bases, schema and rights.

use super::super::failure::FailureArea;
use super::super::failure::ValueSource::{Between, Computed};
use super::super::pattern::Pattern::{All, Any, Entry, Has, Not, Word};
use super::context::DIRECTORY;
use super::declare::failure_rules;

failure_rules! {
    "directory-admin-missing" Directory Start "The read-only directory does not contain the super admin"
        cause "The primary user store is read-only, and the name in [super_admin] is no user that its search base and filter find. A wrong search base gives the same line, because errors while searching are not logged. It stops the first start on empty databases."
        check "Search the directory for this name with the search base and filter of the user store." [Us04, Us02]
        remedy "Enter the name of an existing user in [super_admin] username with create_admin_account = false, use read-write access, or correct the search base."
        run ["ldapsearch -H ldaps://ad.example.com:636 -D 'BIND_DN' -W -b 'SEARCH_BASE' '(sAMAccountName=NAME)' dn"]
        when Any(&[
            All(&[Has("admin user can not be created"), Has("read only")]),
            All(&[Has("admin role can not be created"), Has("read only")]),
            All(&[Has("admin user"), Has("not found in"), Has("user store")]),
        ]);

    "super-admin-missing" Directory Start "The super admin or its role does not exist, and IS may not create it"
        cause "create_admin_account is false, but the user store does not contain the user or role that [super_admin] and [realm] name: it is misspelt, below another search base, or the database is empty."
        check "Search the user store for this name." [Us04, Us06, Us02]
        remedy "Enter the name of an existing user and role, or set create_admin_account = true for the first start on an empty user store."
        run ["[super_admin]\nusername = \"is-admin\"\ncreate_admin_account = true"]
        when Any(&[Has("add-admin has been set to false"), Has("admin user name or role name is not valid")]);

    "super-admin-rejected" Configuration Start "The user store does not accept the super admin's name or password"
        cause "Name or password of [super_admin] do not match the pattern of the user store, such as ^[\\S]{5,30}$ for passwords, or the password policy of the directory."
        check "Compare both with the pattern in the message." [Us06, Cl13]
        remedy "Choose a name and password that match the pattern, or change the pattern in [user_store.properties]."
        when All(&[
            Any(&[Entry("cannot start user manager core bundle"), Entry("cannot initialize the realm"), Entry("admin user")]),
            Any(&[Has("with following format"), Has("username is not valid"), Has("credential not valid")]),
        ]);
        values [Between("Pattern", "with following format, ", "")];

    "directory-bind-account-unusable" Directory Start "The bind account of Active Directory is locked, disabled or expired"
        cause "The directory was reached and knows the account, but does not let it log in at present. With a locked account, every start of a node tries again and locks it anew."
        check "Show the state of the account in Active Directory." [Us01]
        remedy "Unlock or enable the account, or set a new password that does not expire, and write it as connection_password on every node. Then restart."
        run ["ldapsearch -H ldaps://ad.example.com:636 -D 'BIND_DN' -W -b '' -s base"]
        when All(&[Has("ldap: error code 49"), Any(&[
            Word("data 530"), Word("data 531"), Word("data 532"), Word("data 533"), Word("data 701"), Word("data 773"), Word("data 775")
        ])]);
        values [Computed("Reason", bind_reason), Between("Directory", "connection url: ", " ")];

    "directory-bind-failed" Directory Start "The directory rejects the bind account"
        cause "The directory was reached, but connection_name or connection_password is wrong. Often a $, \\, & or < of the password was lost in deployment.toml, or the name is not a full DN (Active Directory also accepts user@domain)."
        check "Bind with exactly this name and password, and read the word after “data”." [Us01]
        remedy "Correct connection_name and connection_password of the user store on every node, and restart."
        run ["ldapsearch -H ldaps://ad.example.com:636 -D 'BIND_DN' -W -b '' -s base"]
        when All(&[Any(&[
            Has("ldap: error code 49"),
            All(&[DIRECTORY, Has("acceptsecuritycontext")]),
            All(&[DIRECTORY, Has("credentials"), Has("authenticationexception")]),
            Word("ldap: error code 34"),
        ])]);
        values [Computed("Reason", bind_reason), Between("Directory", "connection url: ", " ")];

    "directory-bind-required" Directory Function "The directory requires a bind or a secure connection"
        cause "The directory answers only after a successful bind, or only over TLS: anonymous searches, unsigned binds or plain passwords are not permitted."
        check "Read the number of the error: 1 with DSID means no bind, 8 and 13 mean TLS." [Us01]
        remedy "Use ldaps:// with the CA of the directory in the truststore, and set connection_name and connection_password."
        when Any(&[
            All(&[Word("ldap: error code 1"), Has("a successful bind must be completed")]),
            Word("ldap: error code 8"),
            Word("ldap: error code 13"),
            Word("ldap: error code 48"),
            Has("confidentiality required"),
            Has("requires binds to turn on integrity checking"),
        ]);

    "directory-base-missing" Directory Function "A search base does not exist in the directory"
        cause "user_search_base, group_search_base or the base DN names an entry that the directory does not have, or that the bind account may not see."
        check "Search the base itself with the bind account." [Us02, Us07]
        remedy "Correct the search bases of the user store on every node, and restart."
        run ["ldapsearch -H ldaps://ad.example.com:636 -D 'BIND_DN' -W -b 'SEARCH_BASE' -s base dn"]
        when Any(&[
            Word("ldap: error code 32"),
            All(&[DIRECTORY, Has("namenotfoundexception")]),
            All(&[DIRECTORY, Has("no such object")]),
        ]);
        values [Between("Best match", "best match of:\n'", "'"), Between("Name", "remaining name '", "'")];

    "directory-referral" Directory Function "The directory refers to another server"
        cause "The search base is the root of an Active Directory domain: the directory answers with references to other servers or partitions, which IS does not follow."
        check "Is the search base DC=… without a container?" [Us02]
        remedy "Use a container below the root as the search base, connect to the global catalog on port 3268 or 3269, or set Referral = \"follow\": IS then sends the bind account and its password to every server that the directory names, so use it only over ldaps:// with servers that you trust."
        run ["[user_store.properties]\nReferral = \"follow\""]
        when Any(&[Has("unprocessed continuation reference"), All(&[DIRECTORY, Has("partialresultexception")]), Word("ldap: error code 10"), All(&[DIRECTORY, Has("referralexception")])]);

    "directory-schema" Directory Function "The directory does not accept an attribute or object class"
        cause "IS writes an entry whose object class or attributes the schema of the directory does not have, or leaves out a required one. The claim mapping of the user store does not match the directory; in Active Directory, those of id, created and modified must be mapped."
        check "Read the attribute in the message, and compare it with the schema." [Us04, Us08]
        remedy "Map the claims to attributes of the directory before the first start, or add the schema to the directory."
        when Any(&[
            Word("ldap: error code 16"),
            Word("ldap: error code 17"),
            Word("ldap: error code 21"),
            Word("ldap: error code 65"),
            Word("ldap: error code 64"),
            Has("attributes you are trying to add/update are not"),
            Has("schemaviolationexception"),
            Has("invalidattributevalueexception"),
            Has("nosuchattributeexception"),
        ]);

    "directory-write-refused" Directory Function "The directory rejects a write of IS"
        cause "The bind account may not change entries, the change violates a policy, or the directory accepts passwords only over TLS (Active Directory: error 53 over ldap://)."
        check "Change the entry with the bind account by hand." [Us01, Us04]
        remedy "Grant the bind account the rights on the containers, use ldaps:// for writes of passwords, or make the user store read-only."
        when Any(&[
            Word("ldap: error code 50"),
            Word("ldap: error code 53"),
            Word("ldap: error code 19"),
            Has("nopermissionexception"),
            Has("will_not_perform"),
            Has("operationnotsupportedexception"),
            Has("check password policy at dc"),
        ]);

    "directory-read-only" Directory Request "Someone tries to change a user of a read-only directory"
        cause "The user store is read-only, but a user, an administrator or a provisioning request changes an account, a password or an attribute in it. Login attributes that IS stores at every login cause it, too."
        check "Read which operation failed, and the type of the user store." [Us04]
        remedy "Change the account in the directory itself, store identity claims in the database (identity data store), or use read-write access."
        when Any(&[Has("operating in read only mode"), All(&[Has("user store is read only"), Not(&Entry("admin user can not be created"))])]);

    "directory-limit" Directory Request "The directory limits the number of entries or the time of a search"
        cause "A search found more entries than the directory returns, or took too long: Active Directory returns at most 1,000."
        check "How many entries does the search base with its filter contain?" [Us02]
        remedy "Narrow the search base or filter, index the attributes in the directory, or lower MaxUserNameListLength and MaxRoleNameListLength below its limit."
        when Any(&[
            Word("ldap: error code 3"),
            Word("ldap: error code 4"),
            Word("ldap: error code 11"),
            Has("sizelimitexceededexception"),
            Has("timelimitexceededexception"),
        ]);

    "directory-user-ambiguous" Directory Request "Several entries of the directory have the same login name"
        cause "The login attribute is not unique below the search base, so that IS cannot determine the account."
        check "Search the directory for this value of the login attribute." [Us03]
        remedy "Choose an attribute with a unique value, narrow the search base or filter, or remove the second entry."
        when Any(&[
            Has("there are more than one result in the user store"),
            Has("more than element user exist with name"),
            Has("multiple users cannot be found for the given"),
            Has("matched multiple groups for the group with sid"),
        ]);
        values [Between("User", "for user: ", "")];

    "user-store-setting-missing" Configuration Start "A required setting of the user store is missing"
        cause "The user store has a type whose required setting is not in deployment.toml or in the file of the secondary user store."
        check "Compare [user_store] with the generated file." [Us05, Cl02]
        remedy "Add the setting that the message names on every node, and restart."
        when All(&[Has("required "), Has("property is not set")]);
        values [Between("Setting", "required ", " property is not set")];

    "user-store-class-missing" Configuration Start "The class of a user store does not exist"
        cause "The type in [user_store], or the class of a secondary user store, is misspelt, belongs to another IS version, or is in a jar that is missing in dropins."
        check "Read the class in the message." [Us05]
        remedy "Correct the type, or copy the jar of the custom user store, built for this IS version, to repository/components/dropins of every node."
        when All(&[Has("userstoremanager"), Any(&[Has("classnotfoundexception"), Has("noclassdeffounderror"), Has("cannot create org.wso2"), Has("nosuchmethodexception")])]);
        values [Between("Class", "classnotfoundexception: ", " ")];

    "user-store-unknown" Configuration Function "This node does not know a user store"
        cause "A user or request names the domain of a secondary user store that this node does not have: its file is on another node only, because repository/deployment/server/userstores is not shared, or the store was disabled or renamed."
        check "Compare the files of repository/deployment/server/userstores on all nodes." [Nd19]
        remedy "Share the folder between all nodes, or copy the file of the store to every node: IS deploys it without a restart."
        run ["ls -l IS_HOME/repository/deployment/server/userstores"]
        when Any(&[
            All(&[Any(&[Has("user store domain"), Has("userstore domain"), Has("user store with domain"), Has("user store manager for domain")]), Any(&[
                Has("does not exist"), Has("not found"), Has("invalid"), Has("not available"), Has("cannot find")
            ])]),
            Has("no user store manager"),
            Has("user store manager not found"),
        ]);

    "secondary-user-store-failed" Directory Function "A secondary user store could not be started"
        cause "IS runs without this user store: its users cannot log in. The cause in the entry, or the entry before it, has the reason: address, bind account, certificate or class."
        check "Read the cause; check the directory or database of this store." [Us01, Nd19]
        remedy "Correct the settings of the store; its file is in repository/deployment/server/userstores, which all nodes need."
        when Any(&[
            Has("could not initialize secondary user store"),
            Has("could not initialize new user store manager"),
            Has("error while building user store manager from file"),
        ]);
        symptom_of &[FailureArea::Database, FailureArea::Directory];
}

/// What the word after `data` of Active Directory means.
const BIND_REASONS: [(&str, &str); 10] = [
    ("525", "no account has this name"),
    ("52e", "the password is wrong"),
    ("52f", "the account has restrictions"),
    ("530", "the account may not log in at this time"),
    ("531", "the account may not log in from this machine"),
    ("532", "the password has expired"),
    ("533", "the account is disabled"),
    ("701", "the account has expired"),
    ("773", "the password must be changed first"),
    ("775", "the account is locked"),
];

fn bind_reason(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let word = lower.split("data ").skip(1).find_map(|rest| {
        let word: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        BIND_REASONS.iter().find(|(known, _)| *known == word)
    });
    word.map(|(word, reason)| format!("data {word}: {reason}"))
}
