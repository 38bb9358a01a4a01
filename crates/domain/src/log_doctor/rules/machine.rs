//! The machine: memory, disk, files, ports, processes and the clock.

use super::super::failure::ValueSource::{Between, Computed};
use super::super::pattern::Pattern::{All, Any, Entry, Has, Logger, Not, Word};
use super::context::{CLUSTER, NGINX};
use super::declare::failure_rules;

failure_rules! {
    "memory-exhausted" Machine Function "The heap of the server is full"
        cause "The Java heap or metaspace is too small for the load, or something keeps memory: large user lists, many tenants, an extension. Afterwards every part of the node may fail."
        check "Compare -Xmx with the memory of the machine; the file java_pid….hprof shows what uses the heap." [Nd09, Nd11]
        remedy "Restart the node, then raise -Xmx (WSO2 recommends at least 2 GB), within the limit of the container. If it returns, analyse the heap dump."
        run ["export JVM_MEM_OPTS=\"-Xms1g -Xmx4g\""]
        when Any(&[
            All(&[Has("outofmemoryerror"), Any(&[Has("heap space"), Has("gc overhead"), Has("metaspace"), Has("direct buffer"), Has("permgen"), Has("requested array size"), Has("compressed class space")])]),
            All(&[Has("axisfault"), Has("java heap space")]),
            Has("terminating due to java.lang.outofmemoryerror"),
        ]);
        values [Between("Memory", "outofmemoryerror: ", "]"), Between("Memory", "outofmemoryerror: ", "")];

    "threads-exhausted" Machine Function "The account may not start further threads"
        cause "The limit of processes of the account, of the systemd unit (TasksMax) or of the container is reached; each thread counts."
        check "Show the limits of the running process." [Nd10, Nd11]
        remedy "Raise nproc in /etc/security/limits.conf, TasksMax of the unit, or the pids limit of the container, and restart."
        run ["cat /proc/$(pgrep -f carbon.home)/limits"]
        when Any(&[
            Has("unable to create new native thread"),
            Has("unable to create native thread"),
            Has("process or resource limits reached"),
            Has("pthread_create failed"),
            All(&[Has("fork"), Has("resource temporarily unavailable")]),
        ]);

    "machine-memory-exhausted" Machine Start "The machine or container has too little memory for Java"
        cause "The heap and the other memory of Java together exceed what the machine or container has: the system refuses memory, or kills the process without a line in wso2carbon.log."
        check "Compare the limit of the container or the memory of the machine with -Xmx and about 1 GB more." [Nd09, Nd11]
        remedy "Give the machine or container more memory, or lower -Xmx."
        run ["dmesg -T | grep -i -E 'out of memory|oom'"]
        when Any(&[
            Has("insufficient memory for the java runtime environment"),
            Has("cannot allocate memory"),
            Has("native memory allocation (mmap) failed"),
            Has("out of memory: kill"),
            All(&[Word("killed"), Any(&[Has("javacmd"), Has("wso2server"), Has("bin/java")])]),
            All(&[Has("exit code"), Word("137")]),
            Has("oom-kill"),
            Has("oomkilled"),
            Has("outofmemoryerror"),
        ]);

    "java-crashed" Machine Function "Java itself crashed"
        cause "The Java process ended because of a fault in Java or in a native library; the file hs_err_pid….log describes it."
        check "Read the first 30 lines of hs_err_pid….log." [Nd07, Nd09]
        remedy "Install the current update of the JDK, and remove native agents. Check the memory of the machine."
        when Any(&[Has("a fatal error has been detected by the java runtime environment"), Has("sigsegv (0xb)"), Has("sigbus (0x7)")]);

    "open-files-exhausted" Machine Function "The account may not open further files"
        cause "The limit of open files, which include connections, is reached: the default of 1,024 is too small, or connections are not closed."
        check "Show the limits of the running process, and count its open files." [Nd10]
        remedy "Raise nofile to 65,535 in /etc/security/limits.conf and LimitNOFILE in the unit, and restart."
        run ["cat /proc/$(pgrep -f carbon.home)/limits | grep files"]
        when Any(&[Has("too many open files"), Has("accept4() failed (24"), Has("worker_connections are not enough")]);

    "disk-full" Machine Function "The disk of the node is full"
        cause "Logs, heap dumps or another program filled the disk. IS can then damage files that it writes, such as its local H2 database."
        check "Show the free space, and the largest folders below repository/logs." [Nd09]
        remedy "Free disk space: move old logs to another machine before you delete them, for audit logs may have to be kept. Restart the node. If it does not start then, keep WSO2CARBON_DB.mv.db and put that of the pack in its place; identity_db and shared_db are not in it if they are on a database server."
        run ["df -h IS_HOME; du -sh IS_HOME/repository/logs"]
        when Any(&[
            All(&[Has("no space left on device"), Not(&Has("could not extend file"))]),
            Has("there is not enough space on the disk"),
            Has("disk quota exceeded"),
            All(&[Entry("h2"), Has("disk full")]),
        ]);

    "port-not-permitted" Machine Start "The account may not use this port or address"
        cause "Ports below 1024 need root or the capability CAP_NET_BIND_SERVICE, or SELinux does not permit the port."
        check "Which port does the message name?" [Nd02, Lb03]
        remedy "Let a load balancer listen on 443 and forward to 9443, or give the program the capability. For SELinux, permit the port."
        when All(&[Has("permission denied"), Any(&[Has("bindexception"), Has("bind()"), Has("bind failed"), Has("socketexception")])]);
        values [Between("Address", "bind() to ", " failed")];

    "address-not-local" Machine Start "The configured address does not belong to this machine"
        cause "A setting names an address that the machine does not have, such as that of another node or the outer address of a container."
        check "Show the addresses of the machine." [Cl05, Nd16]
        remedy "Use an address of this machine, or a name that resolves to one."
        run ["ip -brief address"]
        when All(&[Has("cannot assign requested address"), Not(&CLUSTER)]);
        values [Between("Address", "bind() to ", " failed")];

    "port-in-use" Machine Start "A port of the server is in use"
        cause "Another process listens on the port: an earlier process of this node that has not ended, or a second node on the machine without an offset. IS logs only this error and then “started”, while the other process answers."
        check "Find the process that listens on the port, and compare it with wso2carbon.pid." [Nd02, Nd17]
        remedy "If the other process is this node, it is still running or has not ended yet: wait for it or stop it with its script. Otherwise give the node an offset, and restart. Do not end a process before you know what it serves."
        run ["ss -ltnp | grep -E ':(9443|9763|10711|10389|9999|11111)'", "[server]\noffset = 1"]
        when All(&[Not(&CLUSTER), Any(&[
            Has("address already in use"),
            Has("protocol handler start failed"),
            Has("could not bind to port"),
            Has("port already in use"),
            Has("is already in use"),
            Has("address in use"),
            Has("failed to bind to"),
            Has("only one usage of each socket address"),
        ]), Not(&Any(&[Has("database may be"), Has("domain name already in use"), Has("data source")]))]);
        values [Computed("Port", port_of), Between("Address", "bind() to ", " failed")];

    "process-running" Machine Start "A process of this node already runs"
        cause "wso2carbon.pid names a process that runs: the node is up, has not ended yet, or after a restart of the machine another program has this number."
        check "What does the process with the number in wso2carbon.pid run?" [Nd02]
        remedy "If it is this node, stop it first. Delete wso2carbon.pid only if the number belongs to another program: two processes on one IS_HOME damage its files."
        run ["ps -fp $(tr -d '\\000' < IS_HOME/wso2carbon.pid)"]
        when Any(&[Has("process is already running"), All(&[Has("already locked"), Has("index dir")]), Has("lockobtainfailedexception")]);

    "file-system-lost" Machine Function "A file system of the node is no longer reachable"
        cause "A mounted file system, usually NFS with the shared folders, was replaced or lost its server, or a disk reports errors."
        check "Can the account of IS list the folder in the message, and does df answer?" [Nd19, Nd09]
        remedy "Repair the file server or disk, mount the file system again, and restart the node. Compare the shared files with a backup before users change them."
        run ["df -h", "mount | grep -E 'nfs|efs|cifs'"]
        when Any(&[Has("stale file handle"), Has("stale nfs file handle"), Has("transport endpoint is not connected"), All(&[Has("input/output error"), Not(&Entry("sql"))])]);

    "file-permission" Machine Function "The account of IS may not read or write a file"
        cause "The file belongs to another account, often because IS was once started as root, or the file system or a mounted volume is read-only."
        check "Show owner and rights of the file." [Nd12, Nd19]
        remedy "Make the account of IS the owner of IS_HOME and of shared folders, and restart. In containers, set fsGroup."
        run ["chown -R wso2:wso2 IS_HOME"]
        when All(&[Any(&[
            Has("(permission denied)"),
            Has("accessdeniedexception: /"),
            Has("read-only file system"),
            All(&[Has("chown: "), Has("operation not permitted")]),
            All(&[Has("cannot create directory"), Has("permission denied")]),
            All(&[Has("filenotfoundexception"), Any(&[Has("permission denied"), Has("access is denied")])]),
            All(&[Has("/"), Has(": permission denied"), Not(&Has("ldap"))]),
        ]), Not(&NGINX)]);
        values [Between("File", "filenotfoundexception: ", " ("), Between("File", "accessdeniedexception: ", "")];

    "clock-differs" Machine Request "A token or message has a time that is not reached yet, or too old"
        cause "The clocks of the machines differ: of two nodes, of a node and the database, or of IS and the other party. A single message may also come from a client that sends an old token."
        check "Compare the clocks of all machines." [Nd06, Db35]
        remedy "Synchronise the clocks of all nodes and of the other party with NTP. A small difference can be permitted with timestamp_skew, but expired tokens then stay valid for as long."
        run ["chronyc tracking || timedatectl"]
        when All(&[Not(&Has("certificate")), Any(&[
            Has("used before not_before_time"),
            Has("token is used before"),
            Has("is issued before the allowed time"),
            Has("issued at time"),
            Has("not before time(ms)"),
            Has("issued in the future"),
            Has("not yet valid"),
            Has("not valid yet"),
            Has("issue instant"),
            Has("issueinstant"),
            Has("clock skew"),
            Has("iat is in the future"),
            Has("notbefore condition"),
            Has("condition 'not before'"),
            Has("condition 'not on or after'"),
            Has("assertion validity period"),
            All(&[Has("notbefore"), Any(&[Has("assertion"), Has("condition"), Has("timestamp skew")])]),
            All(&[Has("notonorafter"), Any(&[Has("assertion"), Has("condition")])]),
            All(&[Has("message expired"), Logger("wss4j")]),
            All(&[Has("message has expired"), Word("security")]),
            Has("requesttimetooskewed"),
            Has("signature not yet current"),
        ])]);
}

/// The first number after words that precede a port.
fn port_of(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let rest = ["could not bind to port ", "port already in use: ", "-nio-", "port "]
        .iter()
        .find_map(|before| Some(lower.split_once(before)?.1))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (digits.len() > 1).then_some(digits)
}
