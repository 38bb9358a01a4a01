//! Secrets in every form that a log has, and texts that must stay.

use super::names::MASK;
use super::*;

const SECRET: &str = "S3cr3t-canary";

#[test]
fn secrets_are_masked_in_every_spelling() {
    let mut wrong = Vec::new();
    for line in [
        "url jdbc:mysql://db.example.com:3306/shared_db?user=carbon&password=S3cr3t-canary&useSSL=false refused",
        "jdbc:mysql://db.example.com/a?password1=S3cr3t-canary&password2=S3cr3t-canary&sslMode=REQUIRED",
        "jdbc:mysql://address=(host=db.example.com)(port=3306)(user=is)(password=S3cr3t-canary)/shared_db",
        "jdbc:mysql://db.example.com/a?user=is&amp;password=S3cr3t-canary&amp;useSSL=true",
        "jdbc:mysql://db.example.com/a?password=pa;ss,w)S3cr3t-canary&useSSL=true",
        "jdbc:mysql://db.example.com/a?trustCertificateKeyStorePassword=S3cr3t-canary",
        "jdbc:sqlserver://db.example.com;databaseName=a;password=S3cr3t-canary;encrypt=true",
        "jdbc:sqlserver://db.example.com;databaseName=a;password={pa;ss}}S3cr3t-canary};encrypt=true",
        "jdbc:oracle:thin:is/S3cr3t-canary@//db.example.com:1521/orcl",
        "jdbc:oracle:thin:is/S3cr3t-canary@db.example.com:1521:orcl failed",
        "jdbc:postgresql://carbon:S3cr3t-canary@db.example.com/shared_db",
        "jdbc:postgresql://carbon:pa/s?s@S3cr3t-canary@db.example.com/shared_db",
        "https://admin:S3cr3t-canary@login.example.com:9443/scim2/Users",
        "connecting as carbon:S3cr3t-canary@db.example.com:3306",
        "jdbc:db2://db.example.com:50000/a:user=is;password=S3cr3t-canary;",
        "jdbc:h2:./a;USER=is;PASSWORD=S3cr3t-canary",
        "connection_password = \"S3cr3t-canary\"",
        "connection_password = 'S3cr3t-canary'",
        "password = 'it''s S3cr3t-canary'",
        "password=blank in S3cr3t-canary",
        "password : S3cr3t-canary",
        "password S3cr3t-canary was rejected",
        "with the password 'S3cr3t-canary' of the account",
        "PASSWORD=S3cr3t-canary",
        "DB_PASSWORD_ADMIN=S3cr3t-canary",
        "-Djavax.net.ssl.trustStorePassword=S3cr3t-canary",
        "keytool -list -storepass S3cr3t-canary -keypass S3cr3t-canary",
        "mysql --user=is --password S3cr3t-canary shared_db",
        "mysql -u is -pS3cr3t-canary shared_db",
        "ldapsearch -D cn=admin -w S3cr3t-canary -b dc=example",
        "curl -k -u admin:S3cr3t-canary https://login.example.com/scim2/Users",
        "{\"password\":\"S3cr3t-canary\",\"user\":\"a\"}",
        "{\"password\":\"a\\\"S3cr3t-canary\",\"user\":\"a\"}",
        "{\\\"client_secret\\\":\\\"S3cr3t-canary\\\"}",
        "{\"key\":\"password\",\"value\":\"S3cr3t-canary\"}",
        "{name=a, password=S3cr3t-canary, user=b}",
        "<Property name=\"ConnectionPassword\">S3cr3t-canary</Property>",
        "<Property name=\"ConnectionPassword\" override=\"true\">S3cr3t-canary</Property>",
        "<Property name=\"password\" value=\"S3cr3t-canary\"/>",
        "<property name='password' value='S3cr3t-canary'/>",
        "<parameter name=\"Password\" locked=\"false\">S3cr3t-canary</parameter>",
        "<password svns:secretAlias=\"a\">S3cr3t-canary</password>",
        "<Password><![CDATA[S3cr3t-canary]]></Password>",
        "<password>S3cr3t & canary S3cr3t-canary</password>",
        "keystorePassword: S3cr3t-canary, next",
        "userPassword:: S3cr3t-canary",
        "userPassword: {SSHA}S3cr3t-canary",
        "{java.naming.security.principal=cn=admin, java.naming.security.credentials=S3cr3t-canary, a=b}",
        "ALTER USER 'is'@'%' IDENTIFIED BY PASSWORD 'S3cr3t-canary'",
        "SET PASSWORD FOR 'is'@'%' = PASSWORD('S3cr3t-canary')",
        "CREATE USER 'is'@'%' IDENTIFIED WITH caching_sha2_password BY 'S3cr3t-canary'",
        "CREATE USER 'is'@'%' IDENTIFIED BY 'S3cr3t-canary'",
        "Authorization: Basic YWRtaW46S3cr3t-canary",
        "authorization: basic YTpi-S3cr3t-canary",
        "Authorization=[Bearer S3cr3t-canary]",
        "Authorization: Bearer S3cr3t-canary-0b9f4a61",
        "Authorization: Digest username=\"a\", response=S3cr3t-canary",
        "\"Authorization\":\"Bearer S3cr3t-canary\"",
        "Proxy-Authorization: Basic S3cr3t-canary=",
        "sent Basic YWRtaW46S3cr3t-canary to the server",
        "Cookie: a=b; JSESSIONID=S3cr3t-canary; commonAuthId=S3cr3t-canary",
        "X-API-Key: S3cr3t-canary",
        "accessToken=S3cr3t-canary",
        "Access token : S3cr3t-canary is not active",
        "GET /oauth2/token?code=S3cr3t-canary&state=1",
        "GET /callback?access_token=S3cr3t-canary&id_token_hint=S3cr3t-canary",
        "GET /a?redirect=https%3A%2F%2Fapp%3Fcode%3DS3cr3t-canary%26state%3D1",
        "POST body client_id=a&client_secret=S3cr3t-canary&grant_type=password",
        "/accountrecoveryendpoint/confirmrecovery.do?confirmation=S3cr3t-canary&username=a",
        "/commonauth?sessionDataKey=S3cr3t-canary&tenantDomain=a",
        "SAMLResponse=S3cr3t-canary&RelayState=a",
        "Property [name=DB_PASSWORD, value=S3cr3t-canary]",
        "env: name: DB_PASSWORD value: S3cr3t-canary",
        "{name=password, value=S3cr3t-canary, a=b}",
        "<wsse:Password Type=\"a#PasswordText\">S3cr3t-canary</wsse:Password>",
        "password -> S3cr3t-canary",
        "'password' => 'S3cr3t-canary'",
        "bindpw=S3cr3t-canary",
        "redis://:S3cr3t-canary@cache.example.com:6379",
        "device_code=S3cr3t-canary&grant_type=device_code",
        "\"password\": [\"S3cr3t-canary\"]",
        "password = \"\"\"S3cr3t-canary\"\"\"",
        "DefaultEndpointsProtocol=https;AccountKey=S3cr3t-canary;EndpointSuffix=a",
        "aws_secret_access_key = S3cr3t-canary",
        "token eyJhbGciOiJS3cr3t-canary.eyJzdWIiOiJS3cr3t-canary.sig rejected",
        "-----BEGIN PRIVATE KEY-----\\nMIIE-S3cr3t-canary\\n-----END PRIVATE KEY-----",
        "The reference to entity \"S3cr3t-canary\" must end with the ';' delimiter.",
        "key -----BEGIN RSA PRIVATE KEY----- MIIE S3cr3t-canary",
    ] {
        let shown = shown(line);
        if shown.contains(SECRET) || !shown.contains(MASK) {
            wrong.push(format!("{line}: {shown}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn keys_without_a_name_are_recognised_by_their_form() {
    for line in [
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
        "[encryption] key = \"03BAFEB27A8E871CAD83C5CD4E771DAB11223344556677889900AABBCCDDEEFF\"",
        "encryption.key = \"4f1c0d2e3b4a59687768594a3b2c1d0e\"",
    ] {
        assert!(shown(line).contains(MASK), "{line}: {}", shown(line));
    }
}

#[test]
fn what_follows_a_secret_stays_readable() {
    let shown = shown(
        "No suitable driver found for jdbc:mysq://db.example.com/a?user=is&password=S3cr3t-canary&useSSL=true in pool",
    );
    assert_eq!(
        shown,
        "No suitable driver found for jdbc:mysq://db.example.com/a?user=is&password=••••&useSSL=true in pool"
    );
}

#[test]
fn what_is_no_secret_stays() {
    for line in [
        "Access denied for user 'carbon'@'192.0.2.1' (using password: YES)",
        "Keystore was tampered with, or password was incorrect",
        "The password of the account has expired: see DB-05",
        "TID: [-1234] [] [2025-01-02 03:04:05,678] [] ERROR {a.Password} - text https://login.example.com:443/a@b",
        "error code: 49 zipcode=8000",
        "OAuth Token : Access Token is not active",
        "Basic authentication header is missing",
        "org.wso2.carbon.identity.password.policy.PasswordPolicyException: The text does not match",
        "javax.security.auth.login.CredentialException: the account is locked",
        "password authentication failed for user \"is\"",
        "Driver:org.postgresql.Driver@5fd7a063 returned null for URL:identity_db",
        "ConfigParserException: Environment variable IS_DB_PASSWORD not defined in system",
        "java.lang.NoClassDefFoundError: org/wso2/carbon/identity/application/authentication/framework/util/OAuth2Util",
        "The key ring has 4 entries, tokenEndpoint=https://login.example.com/oauth2/token token_type=Bearer",
        "password.policy.enable=true passwordHistoryCount=5 secretType=a",
        "Unable to load authentication plugin 'caching_sha2_password'.",
        "https://login.example.com/oauth2/authorize?client_id=app1&redirect_uri=https://app.example.com/cb",
        "Client Error while resetting password  org.wso2.carbon.identity.recovery.IdentityRecoveryClientException: Wrong code",
        "Failed login of user:kim@example.com",
        "",
    ] {
        assert_eq!(shown(line), line);
    }
    assert!(shown(&"ä".repeat(2000)).len() <= MAX_SHOWN_BYTES);
}

proptest::proptest! {
    /// Any text is masked without an error, and a masked text stays as it is.
    #[test]
    fn any_text_is_masked_once(text in r#"(password|secret|token|://|@|[=:;,&'"<>{}\[\] \\ä]|Basic |a1|value|name=){0,40}"#) {
        let once = shown(&text);
        proptest::prop_assert!(once.len() <= MAX_SHOWN_BYTES);
        shown(&once);
    }
}
