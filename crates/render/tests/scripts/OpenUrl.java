import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;

/**
 * Opens JDBC URLs with Connector/J as Identity Server does: once with a truststore alone, and once more after the key
 * store of the whole JVM was set, which some versions of IS do soon after their start.
 *
 * <p>Arguments: truststore, its password, key store, its password; then URL, user and password of each login. For each
 * it writes two lines, "before" and "after", each followed by a tab and "ok" or the reasons, innermost last. It is run
 * from its source: java -cp CONNECTOR OpenUrl.java ...
 */
public final class OpenUrl {
    /** How long a login may take, in seconds. */
    private static final int PATIENCE = 20;

    public static void main(String[] arguments) throws ClassNotFoundException {
        Class.forName("com.mysql.cj.jdbc.Driver");
        DriverManager.setLoginTimeout(PATIENCE);
        System.setProperty("javax.net.ssl.trustStore", arguments[0]);
        System.setProperty("javax.net.ssl.trustStorePassword", arguments[1]);
        List<String> names = List.of("javax.net.ssl.keyStore", "javax.net.ssl.keyStorePassword");
        for (int at = 4; at + 2 < arguments.length; at += 3) {
            names.forEach(System::clearProperty);
            say("before", open(arguments[at], arguments[at + 1], arguments[at + 2]));
            System.setProperty(names.get(0), arguments[2]);
            System.setProperty(names.get(1), arguments[3]);
            say("after", open(arguments[at], arguments[at + 1], arguments[at + 2]));
        }
    }

    private static String open(String url, String user, String password) {
        try (Connection connection = DriverManager.getConnection(url, user, password);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT 1")) {
            return rows.next() ? "ok" : "no row";
        } catch (Exception error) {
            StringBuilder reasons = new StringBuilder();
            Throwable cause = error;
            for (int depth = 0; cause != null && depth < 10; depth++) {
                reasons.append(cause.getClass().getSimpleName()).append(": ").append(cause.getMessage()).append("; ");
                cause = cause.getCause();
            }
            return reasons.toString().replaceAll("\\s+", " ");
        }
    }

    private static void say(String when, String what) {
        System.out.println(when + "\t" + what);
    }
}
