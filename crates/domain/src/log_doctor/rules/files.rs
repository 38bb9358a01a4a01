//! Classes and pages of the pack and of extensions.

use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Entry, Has, Logger, Not};
use super::declare::failure_rules;

failure_rules! {
    "page-broken" Server Function "A page of the login or recovery application does not compile"
        cause "A JSP page, usually a customised one, has an error, includes a file that does not exist, or was made for another version of IS."
        check "The page and line are in the message. Compare the page with that of the pack." [Nd13]
        remedy "Correct the page, or take that of the pack and repeat the customisation on it. Copy it to all nodes."
        when Any(&[
            Has("unable to compile class for jsp"),
            All(&[Has("jsp file ["), Has("] not found")]),
            All(&[Has("classnotfoundexception"), Has("org.apache.jsp")]),
            All(&[Has("an exception occurred processing ["), Has(".jsp]")]),
            All(&[Has("jasperexception"), Has("line:")]),
        ]);
        values [Between("Page", "processing [", "]"), Between("Page", "jsp file [", "]"), Between("Class", "classnotfoundexception: ", " ")];

    "class-missing" Server Function "A class or method is missing"
        cause "A jar is missing, or was built for another version: an extension from another IS version, jars of two versions in lib or dropins, or an update that did not finish."
        check "List the files of lib and dropins that are not in the pack, and compare the update level of the nodes." [Nd13, Db41]
        remedy "Replace the extension by one for this IS version, remove the second jar, or repeat the update on this node."
        run ["ls -lt IS_HOME/repository/components/dropins IS_HOME/repository/components/lib | head"]
        when All(&[Any(&[
            Has("noclassdeffounderror"),
            Has("classnotfoundexception"),
            Has("nosuchmethoderror"),
            Has("nosuchfielderror"),
            Has("abstractmethoderror"),
            Has("incompatibleclasschangeerror"),
            Has("linkageerror"),
            Has("verifyerror"),
            Has("could not find or load main class"),
        ]), Not(&Any(&[Logger("org.apache.jasper"), Has("org.apache.jsp"), Has("preferences")]))]);
        values [
            Between("Class", "classnotfoundexception: ", " "),
            Between("Class", "classnotfoundexception: ", ""),
            Between("Class", "noclassdeffounderror: ", ""),
            Between("Method", "nosuchmethoderror: ", "")
        ];

    "adaptive-script" Server Request "An adaptive authentication script fails"
        cause "The script of an application has an error, calls a function that this IS version does not have, or the script engine is missing."
        check "The application and the fragment are in the message." [Nd13]
        remedy "Correct the script in the application. After an upgrade, install the adaptive authentication support of the version on every node."
        when Any(&[
            Has("error in executing the javascript"),
            Has("error in evaluating the javascript"),
            Has("error while executing javascript"),
            All(&[Has("polyglotexception"), Logger("graph")]),
            All(&[Entry("nashorn"), Any(&[Has("classnotfound"), Has("noclassdef")])]),
        ]);
        values [Between("Application", "service provider : ", ",")];

    "thread-stuck" Server Function "Requests run for minutes"
        cause "Threads have served the same request for longer than the threshold: they wait for another server, a lock, or a slow function. The frames below the line show where."
        check "Read the frames: the first one outside java. and javax. names the system that is waited for." [Nd09, Db37]
        remedy "Give calls to other servers a timeout, and repair the system that is waited for. A thread dump taken twice shows what still waits."
        run ["jcmd $(pgrep -f carbon.home) Thread.print > threads.txt"]
        when All(&[Has("may be stuck"), Has("thread")]);
        values [Between("Waiting for", "active for [", "]"), Between("Request", "request for [", "]")];
}
