# The state of the jar $1: jar, damaged (no zip file, or truncated) or no-driver (without com.mysql.cj.jdbc.Driver, such as
# Connector/J 5.1). A zip contains the names of its files in clear text.
driver_state() {
    if [ "$(head -c 2 "$1")" != PK ] || ! tail -c 1024 "$1" | grep -q "$(printf 'PK\005\006')"; then
        echo damaged
    elif ! grep -q 'com/mysql/cj/jdbc/Driver\.class' "$1"; then
        # IS wraps a jar of lib unchanged in the OSGi bundle that it creates from it.
        case $1 in */dropins/*_1.0.0.jar) echo jar ;; *) echo no-driver ;; esac
    else
        echo jar
    fi
}
