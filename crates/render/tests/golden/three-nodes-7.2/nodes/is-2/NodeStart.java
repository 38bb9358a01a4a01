import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.cert.X509Certificate;
import java.sql.*;
import java.util.*;
import java.util.concurrent.*;
import javax.net.ssl.*;

/**
 * The parts of start.sh that need more than a shell: log in to the databases as IS does, let one node of the cluster start at
 * a time, and send HTTPS requests to the node. Needs JDK 8 or later and, for the databases, the JDBC driver of the pack.
 *
 * <p>Two first starts on one empty database hang or damage it permanently, while both nodes report success. Both nodes can
 * reach the database, so the start holds a named lock of the database server until the node is up. A lock ends with its
 * connection: nothing remains, and no privileges beyond those of IS are needed.
 *
 * <p>Passwords are read from deployment.toml here: they appear in no argument, no environment and no output.
 */
public class NodeStart {
    /** Maximum time that a node waits for the starts of the others, in seconds. */
    static final int QUEUE_SECONDS = 3600;
    /** Maximum number of sessions of the account that are read. */
    static final int MAX_SESSIONS = 10_000;

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "guard": guard(arguments); break;
            case "answers": answers(Integer.parseInt(arguments[1]), tail(arguments, 2)); break;
            case "together": together(Integer.parseInt(arguments[1]), arguments[2]); break;
            case "reachable": reachable(tail(arguments, 1)); break;
            default: throw new IllegalArgumentException(arguments[0]);
        }
        System.exit(0);
    }

    static String[] tail(String[] list, int from) {
        return Arrays.copyOfRange(list, from, list.length);
    }

    /** Prints one line for start.sh: the kind of the message and its text. */
    static synchronized void tell(String what, String text) {
        System.out.println(what + " " + text.replaceAll("[\\x00-\\x1f\\x7f]+", " "));
        System.out.flush();
    }

    static void stop(String text) {
        tell("problem", text);
        System.exit(1);
    }

    // --- deployment.toml ---------------------------------------------------------------------------------------------

    /** The tables of a TOML file with their strings. Reads only what Clusterwright and IS write: keys with quoted strings. */
    static Map<String, Map<String, String>> tables(Path file) throws IOException {
        Map<String, Map<String, String>> tables = new LinkedHashMap<>();
        Map<String, String> table = new LinkedHashMap<>();
        for (String raw : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            String line = raw.trim();
            int equals = line.indexOf('=');
            if (line.startsWith("[") && line.indexOf(']') > 0) {
                String name = line.substring(1, line.indexOf(']')).replace(" ", "");
                table = tables.computeIfAbsent(name, unused -> new LinkedHashMap<>());
            } else if (equals > 0 && !line.startsWith("#")) {
                String value = text(line.substring(equals + 1).trim());
                if (value != null) table.put(line.substring(0, equals).trim(), value);
            }
        }
        return tables;
    }

    /** A quoted TOML string without the XML escapes that IS's config mapper expects; null for other values. */
    static String text(String value) {
        StringBuilder text = new StringBuilder();
        char quote = value.isEmpty() ? ' ' : value.charAt(0);
        if (quote != '"' && quote != '\'') return null;
        for (int at = 1; at < value.length() && value.charAt(at) != quote; at++) {
            char letter = value.charAt(at);
            if (letter != '\\' || quote == '\'') { text.append(letter); continue; }
            letter = at + 1 < value.length() ? value.charAt(++at) : '\\';
            int digits = letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
            if (digits > 0) {
                text.appendCodePoint(Integer.parseInt(value.substring(at + 1, at + 1 + digits), 16));
                at += digits;
            } else {
                int escape = "btnfr".indexOf(letter);
                text.append(escape < 0 ? letter : "\b\t\n\f\r".charAt(escape));
            }
        }
        String plain = text.toString().replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        return plain.replace("&apos;", "'").replace("&amp;", "&");
    }

    /** The value with $env{NAME} replaced from the environment, as IS does. */
    static String filled(String table, String key, String value) {
        while (value.contains("$env{") && value.indexOf('}') > 0) {
            int begin = value.indexOf("$env{"), end = value.indexOf('}', begin);
            String name = value.substring(begin + 5, end), found = System.getenv(name);
            if (found == null) stop("[" + table + "] " + key + " uses the environment variable " + name
                + ", which is not set. Set it for the account that starts IS.");
            value = value.substring(0, begin) + found + value.substring(end + 1);
        }
        if (value.contains("$secret{") || value.contains("$ref{")) stop("[" + table + "] " + key + " is a reference that only IS"
            + " can resolve. Make sure that no other node is starting, and run start.sh with --skip-database.");
        return value;
    }

    /** One data source of deployment.toml. */
    static class Source {
        String table, url, user, password;
        Connection connect() throws SQLException {
            Properties login = new Properties();
            login.setProperty("user", user);
            login.setProperty("password", password);
            return DriverManager.getConnection(url, login);
        }
        /** The name of the database in the URL. */
        String name() {
            String path = url.replaceFirst("\\?.*", "");
            return path.substring(path.lastIndexOf('/') + 1);
        }
        /** The server in the URL. */
        String server() {
            return url.replaceFirst("^jdbc:mysql:[a-z:]*//([^/?]*).*", "$1");
        }
    }

    static List<Source> sources(Map<String, Map<String, String>> tables) {
        List<Source> sources = new ArrayList<>();
        tables.forEach((name, table) -> {
            String url = table.get("url");
            if (url == null || !url.startsWith("jdbc:mysql:")) return;
            Source source = new Source();
            source.table = name;
            source.url = filled(name, "url", url);
            source.user = filled(name, "username", table.getOrDefault("username", ""));
            source.password = filled(name, "password", table.getOrDefault("password", ""));
            sources.add(source);
        });
        return sources;
    }

    /** Sets a JVM-wide keystore as IS sets it: "javax.net.ssl.trustStore" from [truststore], for example. */
    static void jvmStore(String property, Map<String, String> table, Path home) {
        if (table == null || !table.containsKey("file_name")) return;
        Path file = home.resolve("repository/resources/security").resolve(table.get("file_name"));
        System.setProperty(property, file.toString());
        System.setProperty(property + "Type", table.getOrDefault("type", "JKS"));
        System.setProperty(property + "Password", table.getOrDefault("password", "wso2carbon"));
    }

    // --- The databases -----------------------------------------------------------------------------------------------

    /** Logs in to every database; reports a failure in one sentence with the driver's last cause, and what to do. */
    static void logIn(List<Source> sources) {
        for (Source source : sources) {
            try (Connection connection = source.connect()) {
                connection.isValid(10);
            } catch (SQLException failed) {
                stop("Cannot log in to " + source.name() + " at " + source.server() + " as " + source.user + " ([" + source.table
                    + "]): " + lastCause(failed) + " " + remedy(source, failed));
            }
        }
    }

    static String lastCause(Throwable failed) {
        Throwable last = failed;
        for (int depth = 0; last.getCause() != null && depth < 50; depth++) last = last.getCause();
        String text = ("" + last.getMessage()).trim();
        if (last instanceof UnknownHostException) text = "cannot resolve " + text.replaceFirst(":.*", "");
        return text.endsWith(".") ? text : text + ".";
    }

    static String remedy(Source source, SQLException failed) {
        StringBuilder all = new StringBuilder();
        Throwable one = failed;
        for (int depth = 0; one != null && depth < 50; depth++, one = one.getCause()) all.append(one).append('\n');
        switch (failed.getErrorCode()) {
            case 1045: case 1698: return "Correct the account or its password in deployment.toml, or run database/grants.sql.";
            case 1044: return "Grant the account its privileges on this database with database/grants.sql.";
            case 1049: return "Create the database with database/create.sql, then run database/load.sh.";
            case 1040: case 1203: case 1226: return "Increase max_connections or the connection limit of the account.";
            case 1130: return "Allow the account to log in from this node with database/grants.sql.";
            default:
        }
        String text = all.toString();
        if (text.contains("not provided by server") || text.contains("does not support SSL"))
            return "Enable TLS on the server, or choose another connection security in the wizard's Database step.";
        if (text.contains("CertPath") || text.contains("PKIX") || text.contains("SSL") || text.contains("certificate"))
            return "Enter the CA of the database in the wizard's Database step, or run install.sh again, which adds it to the truststore.";
        if (text.contains("UnknownHost")) return "Correct the host name or the DNS of this node.";
        return "Start the database, and open its port for this node in the firewall.";
    }

    /**
     * IS sets a JVM-wide keystore, and Connector/J sends the certificate in it to the database unless the URL contains
     * fallbackToSystemKeyStore=false. A server with a separate CA rejects it, after the start (IS 6.0, 6.1 and 7.2).
     */
    static void logInAsRunning(List<Source> sources, Map<String, String> primary, Path home) {
        jvmStore("javax.net.ssl.keyStore", primary, home);
        for (Source source : sources) {
            try (Connection connection = source.connect()) {
                connection.isValid(10);
            } catch (SQLException failed) {
                stop("The database " + source.name() + " accepts the login, but not with the keystore that IS sets for its JVM: "
                    + lastCause(failed) + " Add fallbackToSystemKeyStore=false to the url of [" + source.table
                    + "] in deployment.toml on every node.");
            }
        }
    }

    static String single(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getString(1) : null;
        }
    }

    /** The address of the client of a session. */
    static String address(ResultSet row) throws SQLException {
        return ("" + row.getString("Host")).replaceFirst(":[0-9]+$", "");
    }

    static final String SESSIONS = "SHOW PROCESSLIST /* clusterwright start */";
    static final String LOCK = "CONCAT('clusterwright.start.', LEFT(SHA2(DATABASE(), 256), 32))";

    /** Whether IS has written to the shared database: WSO2's scripts leave these tables empty, a first start does not. */
    static boolean wasStarted(Connection shared) throws SQLException {
        for (String table : new String[] {"UM_DOMAIN", "UM_HYBRID_ROLE", "UM_ROLE", "UM_USER"})
            if (single(shared, "SELECT 1 FROM " + table + " LIMIT 1") != null) return true;
        return false;
    }

    /** Sessions of the account on the shared database that belong to no start.sh: connection id and address. */
    static Map<String, String> sessions(Connection shared) throws SQLException {
        Map<String, String> sessions = new TreeMap<>();
        String own = single(shared, "SELECT CONNECTION_ID()"), database = single(shared, "SELECT DATABASE()");
        String user = single(shared, "SELECT SUBSTRING_INDEX(USER(), '@', 1)");
        try (Statement statement = shared.createStatement(); ResultSet rows = statement.executeQuery(SESSIONS)) {
            for (int count = 0; rows.next() && count < MAX_SESSIONS; count++) {
                String id = rows.getString("Id"), info = "" + rows.getString("Info");
                boolean isNode = !id.equals(own) && user.equals(rows.getString("User")) && !info.contains("clusterwright");
                if (isNode && database.equalsIgnoreCase(rows.getString("db"))) sessions.put(id, address(rows));
            }
        }
        return sessions;
    }

    /** The addresses whose sessions exist in all of several queries, two seconds apart: those of a check end before. */
    static Set<String> lasting(Connection shared, int looks) throws Exception {
        Map<String, String> lasting = sessions(shared);
        for (int look = 1; look < looks && !lasting.isEmpty(); look++) {
            Thread.sleep(2000);
            lasting.keySet().retainAll(sessions(shared).keySet());
        }
        return new TreeSet<>(lasting.values());
    }

    /** guard IS_HOME HEALTH_URL: logs in, takes the lock, and holds it until the node is up or has ended. */
    static void guard(String[] arguments) throws Exception {
        Path home = Paths.get(arguments[1]);
        BlockingQueue<String> orders = new LinkedBlockingQueue<>();
        Thread reader = new Thread(() -> listen(orders));
        reader.setDaemon(true);
        reader.start();
        Map<String, Map<String, String>> tables = tables(home.resolve("repository/conf/deployment.toml"));
        List<Source> sources = sources(tables);
        if (sources.isEmpty()) stop("deployment.toml contains no MySQL database. Run ./install.sh again.");
        jvmStore("javax.net.ssl.trustStore", tables.get("truststore"), home);
        DriverManager.setLoginTimeout(20);
        logIn(sources);
        logInAsRunning(sources, tables.get("keystore.primary"), home);
        Source source = sources.stream().filter(one -> one.table.equals("database.shared_db")).findFirst().orElse(sources.get(0));
        Connection shared = null;
        try {
            shared = locked(source, orders, QUEUE_SECONDS);
            boolean isFirst = !wasStarted(shared);
            Set<String> others = lasting(shared, isFirst ? 8 : 2);
            if (isFirst && !others.isEmpty()) stop("The databases are empty, but " + String.join(", ", others) + " is connected to "
                + source.name() + " as " + source.user + ". A node that was started without start.sh may be initializing them. Wait until it is"
                + " up, or stop it; then run start.sh again.");
            tell("locked", (isFirst ? "first" : "later") + " " + String.join(" ", others));
        } catch (SQLException failed) {
            if (failed.getErrorCode() == 1146) stop("The database " + source.name() + " does not contain the tables of IS: " + lastCause(failed)
                + " Run database/load.sh.");
            stop("The database " + source.name() + " failed: " + lastCause(failed) + " " + remedy(source, failed));
        }
        hold(source, shared, orders, home, arguments[2]);
    }

    /** Puts the lines of standard input into the queue, and "end" when it is closed, because start.sh ended. */
    static void listen(BlockingQueue<String> orders) {
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line; (line = input.readLine()) != null; ) orders.add(line);
        } catch (IOException closed) {
            // The same as its end.
        }
        orders.add("end");
    }

    /** A connection that holds the lock. Waits for the starts of other nodes, and ends when start.sh does. */
    static Connection locked(Source source, BlockingQueue<String> orders, int seconds) throws Exception {
        Connection connection = source.connect();
        String told = "";
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (!"1".equals(single(connection, "SELECT GET_LOCK(" + LOCK + ", 2) /* clusterwright start */"))) {
            if (orders.contains("end")) System.exit(0);
            String holder = single(connection, "SELECT IS_USED_LOCK(" + LOCK + ") /* clusterwright start */");
            String who = holder == null ? "" : holder(connection, holder);
            if (!who.isEmpty() && !who.equals(told)) tell("say", "Waiting: " + who
                + " is starting. One node starts at a time. If it failed, stop it there, and this start continues.");
            told = who.isEmpty() ? told : who;
            if (System.nanoTime() > end) stop(told + " has been starting for " + seconds / 60
                + " minutes. Read its log, stop it, and run start.sh again.");
        }
        return connection;
    }

    static String holder(Connection connection, String id) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(SESSIONS)) {
            for (int count = 0; rows.next() && count < MAX_SESSIONS; count++)
                if (id.equals(rows.getString("Id"))) return "the node at " + address(rows);
        }
        return "another node (connection " + id + " of the database)";
    }

    /**
     * Holds the lock until start.sh sends "up". If start.sh ends after it sent "starting", a half-started IS may still be
     * initializing the databases: the lock is held until that process ends or answers.
     */
    static void hold(Source source, Connection shared, BlockingQueue<String> orders, Path home, String health) throws Exception {
        boolean isStarting = false, isAlone = false;
        for (int beats = 0, gone = 0; ; beats++) {
            String order = orders.poll(3, TimeUnit.SECONDS);
            if ("starting".equals(order)) isStarting = true;
            if ("up".equals(order) || "end".equals(order) && !isStarting) return;
            isAlone |= "end".equals(order);
            if (isAlone) {
                gone = runs(home) ? 0 : gone + 1;
                if (gone >= 5 || status(health, 5) == 200) return;
            }
            try {
                if (!"1".equals(single(shared, "SELECT IS_USED_LOCK(" + LOCK + ") = CONNECTION_ID() /* clusterwright start */")))
                    throw new SQLException("the lock is gone");
            } catch (SQLException lost) {
                if (beats % 5 == 0) tell("say", "The connection that prevents other nodes from starting was lost: " + lastCause(lost));
                try { shared = locked(source, orders, 1); } catch (SQLException again) { /* The database is unavailable: the next heartbeat tries again. */ }
            }
        }
    }

    /** Whether the process of wso2carbon.pid runs. IS writes NUL bytes after the number. */
    static boolean runs(Path home) throws Exception {
        try {
            String id = new String(Files.readAllBytes(home.resolve("wso2carbon.pid")), StandardCharsets.ISO_8859_1).replaceAll("[^0-9]", "");
            return !id.isEmpty() && new ProcessBuilder("sh", "-c", "kill -0 " + id + " 2>/dev/null").start().waitFor() == 0;
        } catch (NoSuchFileException none) {
            return false;
        }
    }

    // --- The node over HTTPS -----------------------------------------------------------------------------------------

    /** The status of the response, or 0 without one. Nothing secret is sent, so the certificate is not verified here. */
    static int status(String url, int seconds) {
        try {
            HttpsURLConnection connection = (HttpsURLConnection) new URL(url).openConnection();
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new X509TrustManager() {
                public void checkClientTrusted(X509Certificate[] chain, String kind) { }
                public void checkServerTrusted(X509Certificate[] chain, String kind) { }
                public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
            }}, null);
            connection.setSSLSocketFactory(context.getSocketFactory());
            connection.setHostnameVerifier((name, session) -> true);
            connection.setConnectTimeout(seconds * 1000);
            connection.setReadTimeout(seconds * 1000);
            connection.setInstanceFollowRedirects(false);
            connection.setRequestProperty("Connection", "close");
            try {
                return connection.getResponseCode();
            } finally {
                connection.disconnect();
            }
        } catch (Exception none) {
            return 0;
        }
    }

    /** answers SECONDS URL...: waits until each URL returns 200; reports the last status of each that does not. */
    static void answers(int seconds, String[] urls) throws Exception {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        for (String url : urls) {
            int status = status(url, 20);
            while (status != 200 && System.nanoTime() < end) {
                Thread.sleep(2000);
                status = status(url, 20);
            }
            if (status != 200) tell("wrong", (status == 0 ? "no answer" : "" + status) + " from " + url);
        }
    }

    /** together COUNT URL: sends the requests at the same time, and counts the responses by status. */
    static void together(int count, String url) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(count);
        List<Future<Integer>> answers = new ArrayList<>();
        for (int turn = 0; turn < count; turn++) answers.add(pool.submit(() -> status(url, 60)));
        Map<Integer, Integer> statuses = new TreeMap<>();
        for (Future<Integer> answer : answers) statuses.merge(answer.get(), 1, Integer::sum);
        statuses.remove(200);
        statuses.forEach((status, times) -> tell("wrong", times + " x " + (status == 0 ? "no answer" : "" + status)));
    }

    /** reachable URL...: reports which URLs answer at all. */
    static void reachable(String[] urls) {
        for (String url : urls) if (status(url, 5) != 0) tell("reached", url);
    }
}
