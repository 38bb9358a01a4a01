# What the jar $1 is: jar, damaged (no zip, or its end is missing) or no-driver (it lacks com.mysql.cj.jdbc.Driver, as
# Connector/J 5.1 does). A zip holds the names of its files as they are.
driver_state() {
    if [ "$(head -c 2 "$1")" != PK ] || ! tail -c 1024 "$1" | grep -q "$(printf 'PK\005\006')"; then
        echo damaged
    elif ! grep -q 'com/mysql/cj/jdbc/Driver\.class' "$1"; then
        # IS puts a jar of lib as it is into the bundle that it makes of it.
        case $1 in */dropins/*_1.0.0.jar) echo jar ;; *) echo no-driver ;; esac
    else
        echo jar
    fi
}
