//! The bytes that attackers send: MySQL's packets and LDAP's messages.

/// A packet of MySQL's protocol.
pub(crate) fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    [&length[..3], &[sequence], payload].concat()
}

/// A greeting that offers TLS, with `mysql_native_password` as the plug-in.
pub(crate) fn greeting() -> Vec<u8> {
    let mut payload = b"\x0a8.0.36\0\x01\0\0\0saltsalt\0".to_vec();
    // Every capability of a MySQL 8 server, except CLIENT_DEPRECATE_EOF.
    let capabilities: u32 = 0x00ff_ffff;
    payload.extend_from_slice(&capabilities.to_le_bytes()[..2]);
    payload.extend_from_slice(&[45, 2, 0]);
    payload.extend_from_slice(&capabilities.to_le_bytes()[2..]);
    payload.push(21);
    payload.extend_from_slice(&[0; 10]);
    payload.extend_from_slice(b"saltsaltsalt\0mysql_native_password\0");
    packet(0, &payload)
}

pub(crate) fn ok(sequence: u8, status: u8) -> Vec<u8> {
    packet(sequence, &[0, 0, 0, status, 0, 0, 0])
}

/// A result with this number of columns, up to its rows.
pub(crate) fn columns(count: usize) -> Vec<u8> {
    let mut bytes = match u8::try_from(count) {
        Ok(count @ ..=250) => packet(1, &[count]),
        _ => packet(1, &[&[0xfc][..], &u16::try_from(count).unwrap().to_le_bytes()].concat()),
    };
    for _ in 0..count {
        bytes.extend(packet(2, b"\x03def\0\0\0\x01a\0\x0c\x2d\0\0\x01\0\0\xfd\0\0\0\0\0"));
    }
    bytes.extend(packet(3, &[0xfe, 0, 0, 2, 0]));
    bytes
}

/// A result without rows, followed by another one.
pub(crate) fn empty_result(count: usize) -> Vec<u8> {
    [columns(count), packet(4, &[0xfe, 0, 0, 10, 0])].concat()
}

/// A row with one text of this length.
pub(crate) fn row(length: usize) -> Vec<u8> {
    let text = vec![b'x'; length];
    packet(4, &[&[0xfd][..], &u32::try_from(length).unwrap().to_le_bytes()[..3], &text].concat())
}

/// One element of BER.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84][..], &length, content].concat()
}

/// The response to a bind, or the end of a search: success.
pub(crate) fn ldap_done(id: u8, operation: u8) -> Vec<u8> {
    element(0x30, &[&[2, 1, id][..], &element(operation, &[10, 1, 0, 4, 0, 4, 0])].concat())
}

/// An entry with `count` values of `length` bytes.
pub(crate) fn ldap_entry(id: u8, count: usize, length: usize) -> Vec<u8> {
    let value = match length {
        0 => vec![4, 0],
        length => element(4, &vec![b'x'; length]),
    };
    let attribute = [element(4, b"uid"), element(0x31, &value.repeat(count))].concat();
    let entry = [element(4, b"uid=x"), element(0x30, &element(0x30, &attribute))].concat();
    element(0x30, &[&[2, 1, id][..], &element(0x64, &entry)].concat())
}
