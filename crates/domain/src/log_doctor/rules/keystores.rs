//! Keystores and the encryption key.

use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Entry, Has, Logger, Not, Word};
use super::declare::failure_rules;

failure_rules! {
    "keystore-password" Keys Start "A keystore does not open with its password"
        cause "The password in [keystore.primary], [keystore.tls] or [truststore] is not that of the file: the value is wrong, the file was replaced on this node only, or a page still has an encrypted $secret after the cipher tool ran."
        check "Open the keystore with the password of deployment.toml; compare the file with that of the other nodes." [Tl06, Cl07]
        remedy "Correct the password, or copy the right file from another node; a new keystore would make tokens and stored secrets unusable. If it began with the cipher tool, read the properties of the page in the message."
        run ["keytool -list -keystore IS_HOME/repository/resources/security/wso2carbon.p12"]
        when All(&[Not(&Entry("h2")), Any(&[
            Has("keystore was tampered with"),
            Has("keystore password was incorrect"),
            All(&[Has("password verification failed"), Any(&[Has("unrecoverablekey"), Entry("keystore"), Entry("key store")])]),
            All(&[Has("failed to decrypt safe contents entry")]),
            All(&[Has("pkcs12 key store mac"), Has("wrong password")]),
            All(&[Has("mac could not be verified")]),
            All(&[Any(&[Entry("keystore"), Entry("key store")]), Has("password"), Has("incorrect")]),
        ])]);
        values [Between("Keystore", "key store file: ", " "), Between("Keystore", "keystore file: ", " ")];

    "key-password" Keys Start "The private key does not open with its password"
        cause "key_password of a keystore is not that of the key. In a PKCS#12 file, both passwords must be the same."
        check "Compare password and key_password of the keystore." [Tl06]
        remedy "Write the password of the key as key_password, or give both the same value."
        when Any(&[
            Has("cannot recover key"),
            Has("get key failed"),
            All(&[Any(&[Entry("get key failed"), Entry("cannot recover key")]), Any(&[Has("badpadding"), Has("final block")])]),
            All(&[Any(&[Entry("keystore"), Entry("key store")]), Has("given final block not properly padded")]),
        ]);

    "keystore-type" Keys Start "A keystore has another type than configured"
        cause "The type in deployment.toml is not that of the file: JKS was the default up to 7.0, PKCS12 from 7.1. The file may also be damaged, such as by a copy in text mode or a Kubernetes secret that was encoded twice."
        check "keytool shows the type of the file." [Tl06]
        remedy "Write type = \"JKS\" or type = \"PKCS12\" in the table of the keystore, as the file is, on every node."
        run ["keytool -list -keystore IS_HOME/repository/resources/security/wso2carbon.p12 | head -n 2"]
        when Any(&[
            All(&[Has("keystore format"), Has("invalid")]),
            Has("toderinputstream rejects tag type"),
            Has("derinputstream.getlength"),
            Has("derinputstream rejects tag type"),
            All(&[Has("keystoreexception"), Has(" not found"), Any(&[Has("jks"), Has("pkcs12")])]),
            Has("not a pkcs12"),
            Has("stream does not represent a pkcs12"),
            Has("unsupported keystore type"),
        ]);

    "key-algorithm" Keys Start "The key of a keystore is not of a kind that IS can use"
        cause "IS signs tokens with RSA by default: the entry of the primary keystore is an EC or DSA key, a certificate without a key, or an RSA key of less than 2,048 bits."
        check "keytool shows algorithm and size of the entry." [Tl06]
        remedy "For a new cluster, create the keystore with an RSA key of 2,048 bits or more on every node alike. For a cluster that was used, put back the keystore of the first start: a new key makes its tokens and the secrets stored with the old one unusable."
        run ["keytool -list -v -keystore IS_HOME/repository/resources/security/wso2carbon.p12 | grep -i -E 'algorithm|entry type'"]
        when Any(&[
            All(&[Has("cannot be cast to"), Any(&[Has("rsaprivatekey"), Has("rsapublickey"), Has("privatekey")])]),
            All(&[Has("rsa key size"), Has("at least")]),
            Has("key is not an rsa"),
            Has("no installed provider supports this key"),
        ]);

    "encryption-key-length" Keys Start "The encryption key has a length that is not permitted"
        cause "[encryption] key is not a text of 32 hexadecimal digits: it was cut off, has a blank or line end, or is another text, as with a Kubernetes secret that was encoded twice."
        check "Count the characters of [encryption] key in deployment.toml of every node, and compare the nodes." [Cl07]
        remedy "Write the key of the first start on every node (cluster-keys.json or an earlier bundle has it). Only a cluster that was never used may get a new one: secrets that were stored with the old key cannot be read with another."
        when Any(&[All(&[Has("aes key length"), Has("invalid")]), All(&[Has("invalidkeyexception"), Any(&[Has("key length"), Has("key size")])])]);
        values [Between("Length", "key length: ", "")];

    "keystore-missing" Keys Start "A keystore or truststore file is missing"
        cause "The file_name in deployment.toml names a file that is not in repository/resources/security, or that the account of IS may not read. From 7.1, the files of the pack end with .p12, before with .jks."
        check "List the folder on this node." [Tl06, Tl07, Nd12]
        remedy "Copy the file from another node, or correct file_name, and restart. Do not create a new primary or internal keystore for a cluster that was used: its tokens and stored secrets need the old one."
        run ["ls -l IS_HOME/repository/resources/security/"]
        when Any(&[
            All(&[
                Any(&[Has(".jks"), Has(".p12"), Has(".pfx"), Has(".bcfks")]),
                Any(&[Has("filenotfoundexception"), Has("no such file"), Has("nosuchfileexception"), Has("does not exist"), Has("not found"), Has("cannot be found")]),
            ]),
            Has("trustanchors parameter must be non-empty"),
            Has("key store file path does not exist"),
            All(&[Any(&[Has("keystore file"), Has("key store file"), Has("truststore file")]), Any(&[Has("does not exist"), Has("not found"), Has("cannot be found")])]),
            Has("certificatefile must be defined"),
        ]);
        values [Between("File", "filenotfoundexception: ", " ("), Between("File", "nosuchfileexception: ", "")];

    "keystore-alias" Keys Start "The alias of a key or certificate is not in the keystore"
        cause "alias in deployment.toml, or a certificate that IS looks for in the truststore, is not in the file: the keystore was created with another alias or replaced."
        check "List the aliases of the file." [Tl06, Cl07]
        remedy "Write the alias of the file in the table of the keystore, or import the certificate under the expected alias. A new key pair in its place would make tokens and stored secrets of the old one unusable."
        run ["keytool -list -keystore IS_HOME/repository/resources/security/wso2carbon.p12"]
        when Any(&[
            Has("does not identify a key entry"),
            All(&[Has("alias"), Any(&[Has("does not exist"), Has("not found"), Has("cannot be found"), Has("doesn't exist")]), Not(&Has("cname"))]),
            Has("no key found for alias"),
            Has("private key not found for"),
            All(&[Has("the alias"), Has("keystore"), Has("null")]),
            Has("key store does not contain the alias"),
            Has("certificate not found for the alias"),
        ]);
        values [Between("Alias", "alias name [", "]"), Between("Alias", "alias: ", " "), Between("Alias", "alias '", "'")];

    "secrets-unreadable" Keys Function "Stored secrets cannot be decrypted"
        cause "They were encrypted with another key: [encryption] key or the internal keystore differs between nodes, or was replaced after the first start, also by a bundle with new keys."
        check "Compare [encryption] key and the keystores of all nodes, and with those of the first start." [Cl07, Nd15]
        remedy "Put back the key and keystore of the first start on every node (cluster-keys.json or an earlier bundle has them). Secrets that were stored meanwhile must be entered again."
        when All(&[Not(&Entry("saml")), Any(&[
            Word("idp-65027"),
            Has("errorduringdecryption"),
            Has("error while decrypting"),
            Has("error occurred while decrypting"),
            Has("error during decryption"),
            Has("unable to decrypt"),
            Has("failed to decrypt"),
            Has("cannot decrypt"),
            Has("badpaddingexception"),
            Has("aeadbadtagexception"),
            Has("tag mismatch"),
            Has("illegalblocksizeexception"),
            Has("given final block not properly padded"),
            Has("unknown key type passed to rsa"),
            Has("mac check in gcm failed"),
            Has("invalidciphertextexception"),
            All(&[Has("cryptoexception"), Not(&Entry("keystore"))]),
        ]), Not(&Any(&[Logger("securevault"), Entry("securevault"), Entry("secure vault")]))]);

    "secure-vault" Keys Start "The secure vault cannot read an encrypted password"
        cause "The passwords in deployment.toml were encrypted with another keystore or encryption key than the node has, or the password of the keystore was not entered at the start (password-tmp or password-persist is missing)."
        check "Was the keystore replaced after the cipher tool ran?" [Tl06, Cl07]
        remedy "If all nodes have the same keystore, put back the one that the passwords were encrypted with. Otherwise write the passwords in plain text in [secrets], run the cipher tool again with the present keystore, on every node, and provide the keystore password in the file password-tmp before the start."
        run ["IS_HOME/bin/ciphertool.sh -Dconfigure"]
        when Any(&[
            Has("securevaultexception"),
            All(&[Any(&[Logger("securevault"), Entry("securevault"), Entry("secure vault"), Logger("ciphertool")]), Any(&[
                Has("decrypt"), Has("password"), Has("keystore"), Has("cipher"), Has("secret"), Has("badpadding")
            ])]),
            Has("error loading keystore from"),
        ]);

    "signature-mismatch" Keys Request "The signature of a token or message cannot be verified"
        cause "The token was signed with a key that this node does not have: the primary keystores of the nodes differ, the keys were replaced after the token was issued, or the certificate of the other party has changed."
        check "Do all nodes publish the same kid at /oauth2/jwks?" [Cl07, Tl04]
        remedy "Use the same primary keystore on all nodes. For a foreign party, import its current certificate. Clients with tokens of replaced keys must log in again."
        when Any(&[
            Has("signature validation failed"),
            Has("signature verification failed"),
            Has("signature validation for authentication request failed"),
            Has("signature verification status: false"),
            Has("signature is not valid"),
            Has("error validating deflate signature"),
            Has("error in validating the signature"),
            Has("jws signature"),
            All(&[Has("signature"), Has("invalid"), Not(&Has("locsignature")), Not(&Has("loc header"))]),
            Has("signature length not correct"),
            Has("no matching key found"),
            Has("could not find a certificate for the kid"),
        ]);
}
