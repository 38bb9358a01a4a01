//! deployment.toml: syntax, references and values, as the config mapper reports them at the start.

use super::super::failure::FailureArea;
use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Entry, Has, Logger, Not};
use super::declare::failure_rules;

failure_rules! {
    "toml-table-repeated" Configuration Start "A table or key stands twice in deployment.toml"
        cause "The same table or key was written twice, such as a template and an addition by hand. The config mapper stops, and so does the server."
        check "Both lines are in the message." [Cl03, Cl01]
        remedy "Merge the two tables into one, and start again."
        when All(&[Has("previously defined at line")]);
        values [Between("Key and lines", "", "")];

    "toml-syntax" Configuration Start "deployment.toml cannot be parsed"
        cause "A line is not valid TOML: a missing quote, an unescaped backslash in double quotes, a value without quotes, or brackets that do not match."
        check "Line and column are in the message." [Cl01]
        remedy "Correct the line. Write Windows paths and regular expressions in single quotes."
        when Any(&[
            All(&[Logger("tomlparser"), Has("(line ")]),
            All(&[Has("unexpected "), Has(", expected "), Has("line ")]),
            All(&[Logger("tomlparser"), Has("expected")]),
        ]);
        values [Between("Place", "(", ")")];

    "environment-variable-missing" Configuration Start "A value refers to an environment variable that is not set"
        cause "deployment.toml has $env{NAME}, but the process that starts the server does not have this variable: a systemd unit without EnvironmentFile, sudo, the profile of another user, or a Kubernetes secret under another key."
        check "Show the environment of the service." [Cl01]
        remedy "Give the variable to the service, or write the value. An empty value is accepted, a missing one is not."
        run ["systemctl show wso2is -p Environment -p EnvironmentFiles"]
        when All(&[Has("environment variable "), Has("not defined in system")]);
        values [Between("Variable", "environment variable ", " not defined")];

    "reference-missing" Configuration Start "A value refers to a key, property or secret that does not exist"
        cause "deployment.toml has $ref{key}, $sys{property} or $secret{name}, and its target is missing or misspelt; or a secret is still in plain text in [secrets] although the cipher tool has not encrypted it."
        check "Search deployment.toml for the name in the message." [Cl01, Cl02]
        remedy "Correct the reference or add its target. Encrypt the secrets with the cipher tool, and start again."
        when Any(&[
            All(&[Has("configuration with key "), Has("doesn't exist")]),
            All(&[Has("error while retrieving "), Has("system property")]),
            Has("references can't be resolved for"),
            Has("secret references can't be"),
        ]);
        values [
            Between("Key", "configuration with key ", " doesn't exist"),
            Between("Property", "error while retrieving ", " system property"),
            Between("Reference", "resolved for ", ""),
            Between("Secret", "plain text for ", "")
        ];

    "template-failed" Configuration Start "A value breaks the templates of the configuration"
        cause "The config mapper renders every value as a template, twice: {{ or {% in a password or URL is executed. Members written as [[clustering.members]] tables, or as one text, fail in the template, too."
        check "Search deployment.toml for {{ and {%, and for members that are no array of \"host:port\"." [Cl01, Cl04]
        remedy "Use another password or encrypt it, and write members as an array of texts."
        run ["[clustering]\nmembers = [\"192.0.2.11:4000\", \"192.0.2.12:4000\"]"]
        when Any(&[
            Has("fataltemplateerrorsexception"),
            Has("while parsing jinja template"),
            Has("cannot find method split"),
            Has("com.hubspot.jinjava"),
            Has("interpretexception"),
            Has("templatesyntaxexception"),
        ]);

    "configuration-value" Configuration Start "A value of deployment.toml is not permitted"
        cause "The config mapper checks some values, such as the type of the user store or the unit of a time, and stops at one that is not permitted."
        check "The key is in the message." [Cl02, Us05]
        remedy "Write one of the permitted values, with its unit and type, and start again."
        when All(&[
            Any(&[Entry("configparserexception"), Logger("config.mapper")]),
            Any(&[
                Has("validation failed for"),
                Has("value for configuration key"),
                Has("configuration value "),
                Has("converted value result in 0"),
                Has("unit :"),
                Has("should be one of"),
                Has("allowed values"),
                Has("unknown key mapping"),
                Has("couldn't find matching ending"),
            ]),
        ]);
        values [Between("Key", "validation failed for ", ". expected"), Between("Key", "configuration key ", ".")];

    "configuration-file-missing" Configuration Start "deployment.toml or a file of the configuration is missing"
        cause "The config mapper does not find the file, or may not read or write it: a mount that is missing, another owner, or a read-only file system."
        check "Show the owner and rights of repository/conf and repository/resources/conf." [Nd12, Nd15]
        remedy "Mount or copy the file, and make the account of IS the owner of IS_HOME."
        run ["ls -l IS_HOME/repository/conf/deployment.toml"]
        when All(&[
            Any(&[Entry("configparserexception"), Logger("config.mapper")]),
            Any(&[
                Has("deployment.toml not found"),
                Has("does not exist or is not a file"),
                Has("does not exist or is not a"),
                Has("while creating new directory"),
                Has("while writing file into"),
                Has("while reading metadata"),
                Has("metadata file couldn't read"),
                Has("while deleting "),
                Has("while store new configurations"),
                Has("error reading file"),
                Has("while storing metadata"),
            ]),
        ]);

    "generated-file-edited" Configuration Function "A generated file was edited by hand"
        cause "IS writes this file from deployment.toml at every start, so it has just replaced the change: the setting is lost."
        check "Compare the file with its backup in repository/resources/conf/.backup." [Nd14]
        remedy "Move the setting to deployment.toml of every node."
        when All(&[
            Logger("config.mapper"),
            Has("configurations changed in :"),
            Not(&Has("deployment.toml")),
            Not(&Has("resources")),
        ]);
        values [Between("File", "configurations changed in :", "")];

    "jdbc-url-ampersand" Configuration Start "A URL or password contains an unescaped & or <"
        cause "IS copies values of deployment.toml into XML files unchanged. A bare & or < makes the file malformed, and no data source starts."
        check "Search deployment.toml for & in urls and passwords." [Db39]
        remedy "Write &amp; for & and &lt; for < in deployment.toml, and restart."
        run ["grep -n '&' IS_HOME/repository/conf/deployment.toml | grep -v '&amp;\\|&lt;\\|&gt;'"]
        when Any(&[
            All(&[Has("system data sources"), Has("at '<")]),
            Has("must end with the ';' delimiter"),
            Has("the entity name must immediately follow the '&'"),
            All(&[Has("must not contain the '<' character"), Has("attribute")]),
            All(&[Has("undeclared general entity"), Has("entity")]),
        ]);

    "properties-escape" Configuration Start "A value of a .properties file contains a backslash"
        cause "IS writes some passwords, that of the super admin among them, unchanged into .properties files, where Java reads \\ as an escape: the value is another one, or \\u stops the file."
        check "Which password has a backslash or letters beyond ASCII?" [Cl13]
        remedy "Use a password without backslash and letters beyond ASCII, or write [identity.auth_framework.endpoint] password with each backslash twice."
        when Has("malformed \\uxxxx encoding");

    "configuration-xml" Configuration Start "A configuration file of IS is not well-formed"
        cause "A value of deployment.toml, or an edit by hand, makes a generated XML file malformed: usually an unescaped & or <."
        check "Open the file at the line of the message." [Db39, Nd14]
        remedy "Write &amp; and &lt; in deployment.toml, remove edits by hand, and start again."
        when All(&[
            Any(&[Has("saxparseexception"), Has("xmlstreamexception"), Has("wstxparsingexception"), Has("omexception"), Has("well formed xml"), Has("parseerror at")]),
            Any(&[
                Entry("master-datasources"), Entry("carbon.xml"), Entry("user-mgt.xml"), Entry("registry.xml"), Entry("axis2.xml"), Entry("identity.xml"),
                Entry("catalina-server.xml"), Entry("configuration file"), Entry("serverconfiguration"), Entry("realmconfig"), Entry("repository/conf"),
                Entry("event-processor.xml"), Entry("authenticators.xml"), Logger("ndatasource"), Logger("org.wso2.carbon.base"), Logger("tomcat.internal")
            ]),
            Not(&Has("springframework")),
        ]);

    "data-source-unknown" Configuration Start "A data source with this name does not exist"
        cause "A setting refers to a data source by a name that no data source has, or the data source itself failed to start: then an entry before has the reason."
        check "Compare the names of the data sources with data_source of [realm_manager] and [authentication]." [Cl02, Db39]
        remedy "Correct the name in deployment.toml, or the data source."
        when Any(&[
            All(&[Has("jdbc/"), Has("is not bound in this context")]),
            Has("couldn't find datasource"),
            Has("error in initializing data source"),
            Has("error in creating the data source"),
            All(&[Has("error when looking up"), Has("data source")]),
            Has("data source does not exist:"),
            Has("data source is null"),
        ]);
        values [Between("Name", "name [", "]"), Between("Name", "datasource '", "'")];
        symptom_of &[FailureArea::Database, FailureArea::Configuration];

    "configuration-not-applied" Configuration Start "The configuration could not be applied, and the server stopped"
        cause "The config mapper stopped at an error in deployment.toml. The reason is in the entry before this one or in its cause."
        check "Read the line before this one." [Cl01]
        remedy "Correct deployment.toml, and start again."
        when Any(&[
            Has("error while performing configuration changes"),
            Has("error parsing deployment configuration"),
            Has("configparserexception"),
        ]);
        symptom_of &[FailureArea::Configuration, FailureArea::Machine];
}
