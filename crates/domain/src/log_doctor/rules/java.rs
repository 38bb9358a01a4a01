//! Java: its version, its options, and jars that it does not load.

use super::super::failure::ValueSource::{Between, Computed};
use super::super::pattern::Pattern::{All, Any, Entry, Has, Not};
use super::declare::failure_rules;

failure_rules! {
    "java-required-version" Server Start "This IS version does not start with this Java"
        cause "JAVA_HOME, or the first java in the PATH of the account that starts the server, is older than IS requires; 7.3 needs Java 21. The message is on the console only: wso2carbon.log stays empty or ends with the last run."
        check "Show the version with the account of the service, not as root." [Nd07]
        remedy "Install the JDK, and set JAVA_HOME in the systemd unit or the profile of the account."
        run ["sudo -u wso2 sh -c 'echo $JAVA_HOME; java -version'"]
        when Any(&[
            All(&[Has("requires jdk"), Has("or higher")]),
            Has("current java version detected"),
            Has("java_home to a jdk"),
        ]);
        values [Between("Installed", "current java version detected: ", "")];

    "java-unsupported-version" Server Start "This IS version does not support this Java"
        cause "The Java that starts the server is outside the range of this IS version. Before 7.3 the server starts all the same, and fails later in places that are hard to recognise."
        check "Compare java -version with the IS version: 5.x up to 11, 6.0 to 7.0 11 to 17, 7.1 and 7.2 11 to 21, 7.3 from 21." [Nd07]
        remedy "Install a supported JDK and set JAVA_HOME for the account of the service."
        run ["sudo -u wso2 sh -c 'echo $JAVA_HOME; java -version'"]
        when Any(&[Has("carbon is supported only"), Has("in unsupported jdk")]);

    "java-class-version" Server Start "A class needs a newer Java than the server has"
        cause "A jar was compiled for a newer Java: the server runs with an older JDK than the pack or an added jar requires, often because JAVA_HOME of the service differs from that of the shell."
        check "Compare the class file version (55 is Java 11, 61 is 17, 65 is 21) with java -version of the service." [Nd07, Db41]
        remedy "Start IS with the JDK that its version requires; compile custom jars for that version."
        when Any(&[Has("unsupportedclassversionerror"), Has("compiled by a more recent version of the java runtime"), Has("unsupported major.minor version")]);
        values [Between("Class", "unsupportedclassversionerror: ", " has been"), Computed("Needs", needed_java)];

    "java-modules-closed" Server Start "This Java is too new for the IS version: it denies access to its own classes"
        cause "Java 16 and later do not let libraries reflect into classes of the JDK. Packs that do not support this Java lack the --add-opens options."
        check "Compare java -version with the IS version." [Nd07]
        remedy "Use a JDK that the IS version supports: 11 for 5.x."
        when Any(&[
            Has("inaccessibleobjectexception"),
            All(&[Has("does not \"opens "), Has("to unnamed module")]),
            All(&[Has("illegalaccesserror"), Has("module java.base does not export")]),
            Has("cannot be accessed with modifiers"),
        ]);

    "java-rejects-jars" Server Start "This Java rejects jars of the pack"
        cause "JDK 11.0.20, 17.0.8 and later reject jars with damaged zip fields. Packs of 5.10 to 6.1 contain such jars (waffle-jna, webauthn4j): their bundles are silently left out, so OAuth or FIDO never resolve and the node never comes up. The jar exists, and no other file is at fault."
        check "Does the start script pass disableZip64ExtraFieldValidation? Packs from 7.0, and 6.1 with updates, do." [Nd07]
        remedy "Pass the two options in JAVA_OPTS or wso2server.sh, as start.sh of the bundle does, or better update the pack: the options turn off a check of jars against manipulated content, so install no jars of unknown origin. JDK 11.0.19 and 17.0.7 start without them, but lack later security updates."
        run ["grep -c disableZip64 IS_HOME/bin/wso2server.sh", "export JAVA_OPTS=\"-Djdk.util.zip.disableZip64ExtraFieldValidation=true -Djdk.nio.zipfs.allowDotZipEntry=true\""]
        when Any(&[
            All(&[Has("cen header"), Has("invalid")]),
            Has("zip64 extended"),
            Has("waffle.util"),
            All(&[Has("unresolved requirement"), Any(&[Has("com.webauthn4j"), Has("waffle")])]),
        ]);

    "java-not-found" Server Start "The start script finds no Java"
        cause "JAVA_HOME is not set for the account that starts the server, or points to a folder without bin/java."
        check "Show JAVA_HOME with the account of the service." [Nd07]
        remedy "Set JAVA_HOME in the systemd unit or the profile of the account."
        run ["systemctl show wso2is -p Environment"]
        when Any(&[
            Has("java_home is not defined correctly"),
            Has("you must set the java_home variable"),
            Has("carbon cannot execute"),
            All(&[Has("java"), Any(&[Has("command not found"), Has("java: not found"), Has("bin/java: no such file")])]),
            Has("java_home environment variable is not set"),
        ]);

    "java-option" Server Start "Java does not accept its options"
        cause "An option in JAVA_OPTS, JVM_MEM_OPTS or wso2server.sh does not exist in this Java, or asks for more memory than the machine has."
        check "The option is in the message." [Nd07, Nd11]
        remedy "Remove or correct the option, or lower -Xmx below the memory of the machine or container."
        when Any(&[
            Has("unrecognized vm option"),
            Has("unrecognized option:"),
            Has("could not create the java virtual machine"),
            Has("could not reserve enough space for"),
            Has("initial heap size set to a larger value"),
            Has("error occurred during initialization of vm"),
            Has("agent library failed"),
            Has("error opening zip file or jar manifest missing"),
        ]);
        values [Between("Option", "vm option '", "'")];

    "jar-damaged" Server Function "A jar of the node is damaged"
        cause "The file was copied incompletely or in text mode, was changed while the server ran, or the disk was full."
        check "Compare the file with that of the unchanged pack." [Nd13, Nd09]
        remedy "Stop the node, copy the file from the pack or build it again, and start."
        run ["unzip -tq FILE.jar"]
        when Any(&[
            All(&[Has("loc header"), Has("invalid")]),
            Has("zip end header not found"),
            Has("error in opening zip file"),
            Has("zip file is empty"),
            Has("zipexception: "),
            Has("unexpected end of zlib input stream"),
        ]);
        values [Between("File", "opening zip file: ", "")];

    "bundle-unresolved" Server Start "A bundle lacks a package that it imports"
        cause "The innermost “Unresolved requirement” names a package that no bundle exports in this version: a jar in dropins was built for another IS version, jars of two update levels are mixed, or a jar is missing."
        check "Read the innermost import, and list the files of dropins and lib that are not in the pack." [Nd13, Db41]
        remedy "Remove or replace the added jar, or repeat the update on this node. After changes of jars, start the node twice: the first start writes the new list of bundles."
        run ["ls -lt IS_HOME/repository/components/dropins IS_HOME/repository/components/lib | head"]
        when All(&[Any(&[Has("could not resolve module"), Has("unresolved requirement"), Has("missing constraint:")]), Not(&Entry("no longer valid"))]);
        values [Between("Bundle", "could not resolve module: ", " ["), Computed("Missing package", innermost_import)];
}

/// The last `Import-Package` of a chain: the package that nothing provides.
fn innermost_import(text: &str) -> Option<String> {
    let (_, rest) = text.rsplit_once("Import-Package: ")?;
    Some(rest.split([';', '\n', ' ']).next()?.to_owned())
}

/// The Java that a class file version stands for.
fn needed_java(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let (_, rest) = lower.split_once("class file version ").or_else(|| lower.split_once("major.minor version "))?;
    let version: u32 = rest.split(['.', ')', ' ']).next()?.parse().ok()?;
    version.checked_sub(44).map(|java| format!("Java {java}"))
}
