//! `key_mgmt_util` as a learner uses it.

use expect_test::expect;
use hsmlab_shell::process::Input;
use hsmlab_tool_sdk3::kmu;

use crate::cli::Desk;
use crate::cmu::{activated, cmu, read, run, unix};
use crate::world::initialized;

const LOGIN: &str = "loginHSM -u CU -s alice -p Alice-Pass-1";

/// The tool's output before its first prompt.
fn kmu(desk: &mut Desk, lines: &[&str]) -> String {
    let said = run(desk, kmu::start(&["key_mgmt_util".to_owned()]), lines);
    match said.split_once("listECCCurveIds        List HSM supported ECC CurveIds\n\n") {
        Some((_, rest)) => rest.to_owned(),
        None => said,
    }
}

/// Runs a session of alice's; returns the output after the login.
fn alice(desk: &mut Desk, lines: &[&str]) -> String {
    let said = kmu(desk, &[&[LOGIN], lines].concat());
    let at = said.find("Command:  ").unwrap();
    let rest = &said[at + 9..];
    rest[rest.find("Command:  ").unwrap()..].to_owned()
}

fn single(desk: &mut Desk, line: &str) -> String {
    let argv: Vec<String> = format!("key_mgmt_util singlecmd {line}")
        .split(' ')
        .map(str::to_owned)
        .collect();
    run(desk, kmu::start(&argv), &[])
}

/// Returns the number after a text.
fn after(said: &str, what: &str) -> String {
    let at = said.find(what).unwrap_or_else(|| panic!("{what}: {said}")) + what.len();
    said[at..]
        .chars()
        .take_while(char::is_ascii_digit)
        .collect()
}

fn desk(hsms: usize) -> Desk {
    let mut desk = activated(hsms);
    desk.tool("configure -a 10.0.1.10");
    unix(&mut desk, "service cloudhsm-client start");
    // CMU uses the daemon's result.
    desk.tool("configure -m");
    desk
}

/// Makes an AES key of alice's; returns its handle.
fn wrapping(desk: &mut Desk) -> String {
    let said = alice(desk, &["genSymKey -t 31 -s 32 -l wrapping"]);
    after(&said, "Key Handle: ")
}

#[test]
fn without_the_daemon() {
    let mut desk = desk(1);
    unix(&mut desk, "service cloudhsm-client stop");
    let mut said = kmu(&mut desk, &[]);
    unix(&mut desk, "service cloudhsm-client start");
    let mut process = kmu::start(&["key_mgmt_util".to_owned()]);
    desk.resume(&mut process, Input::Start, None);
    desk.resume(&mut process, Input::Line(LOGIN.into()), None);
    unix(&mut desk, "service cloudhsm-client stop");
    said += &desk
        .resume(&mut process, Input::Line("findKey".into()), None)
        .0;
    expect![[r#"

        	Cfm3Initialize() returned 0x40000040 : LIQUIDSECURITY: Daemon socket connection error

        	Cfm3Initialize() returned app id : 00000000 
        [255]

        	findKey returned: 0x40000040 : LIQUIDSECURITY: Daemon socket connection error

    "#]]
    .assert_eq(&said);
}

#[test]
fn keys_on_two_hsms() {
    let mut desk = desk(2);
    let said = alice(
        &mut desk,
        &[
            "genSymKey -t 31 -s 32 -l aes256",
            "genSymKey -t 31 -s 24 -l tmpAES -id wrap01 -nex -sess",
            "genECCKeyPair -i 14 -l ecc14 -attest",
            "genRSAKeyPair -m 2048 -e 65537 -l rsa_test",
            "findKey",
            "findKey -c 3 -t 0",
            "findKey -sess 1",
            "findKey -l nothing",
            "logoutHSM",
            "exit",
        ],
    );
    expect![[r#"
        Command:  genSymKey -t 31 -s 32 -l aes256

                Cfm3GenerateSymmetricKey returned: 0x00 : HSM Return: SUCCESS

                Symmetric Key Created.  Key Handle: 9965594

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  genSymKey -t 31 -s 24 -l tmpAES -id wrap01 -nex -sess

                Cfm3GenerateSymmetricKey returned: 0x00 : HSM Return: SUCCESS

                Symmetric Key Created.  Key Handle: 16692596

                Cluster Error Status
                Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  genECCKeyPair -i 14 -l ecc14 -attest

                Cfm3GenerateKeyPair returned: 0x00 : HSM Return: SUCCESS

                Cfm3GenerateKeyPair:    public key handle: 15929160    private key handle: 16231390

                Attestation Check : [PASS]

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  genRSAKeyPair -m 2048 -e 65537 -l rsa_test

                Cfm3GenerateKeyPair returned: 0x00 : HSM Return: SUCCESS

                Cfm3GenerateKeyPair:    public key handle: 13060087    private key handle: 2344251

                Cluster Status:
                Node id 0 status: 0x00000000 : HSM Return: SUCCESS
                Node id 1 status: 0x00000000 : HSM Return: SUCCESS

        Command:  findKey

        Total number of keys present 6

         number of keys matched from start index 0::5
        2344251, 9965594, 13060087, 15929160, 16231390, 16692596

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

                Cfm3FindKey returned: 0x00 : HSM Return: SUCCESS

        Command:  findKey -c 3 -t 0

        Total number of keys present 1

         number of keys matched from start index 0::0
        2344251

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

                Cfm3FindKey returned: 0x00 : HSM Return: SUCCESS

        Command:  findKey -sess 1

        Total number of keys present 1

         number of keys matched from start index 0::0
        16692596

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

                Cfm3FindKey returned: 0x00 : HSM Return: SUCCESS

        Command:  findKey -l nothing

        Total number of keys present 0

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

                Cfm3FindKey returned: 0x00 : HSM Return: SUCCESS

        Command:  logoutHSM

        Cfm3LogoutHSM returned: 0x00 : HSM Return: SUCCESS

        Cluster Status
        Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
        Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  exit
        [0]
    "#]]
    .assert_eq(&said);
}

#[test]
fn attributes_in_files() {
    let mut desk = desk(1);
    let said = alice(&mut desk, &["genSymKey -t 31 -s 32 -l aes256 -id test_01"]);
    let handle = after(&said, "Key Handle: ");
    let mut said = alice(
        &mut desk,
        &[
            &format!("getAttribute -o {handle} -a 256 -out one.txt"),
            &format!("getAttribute -o {handle} -a 512 -out all.txt"),
            &format!("getAttribute -o {handle} -a 288 -out none.txt"),
            "getAttribute -o 1 -a 3 -out none.txt",
            &format!("getKeyInfo -k {handle}"),
            &format!("findSingleKey -k {handle}"),
        ],
    );
    said = said.replace(&handle, "HANDLE");
    said += &read(&desk, "/home/ec2-user/one.txt");
    let all = read(&desk, "/home/ec2-user/all.txt");
    let kcv = all.find("OBJ_ATTR_KCV\n0x").unwrap() + 15;
    said += &all.replace(&all[kcv..kcv + 6], "KCV");
    expect![[r#"
        Command:  getAttribute -o HANDLE -a 256 -out one.txt

        Attributes dumped into one.txt file

                Cfm3GetAttribute returned: 0x00 : HSM Return: SUCCESS

        Command:  getAttribute -o HANDLE -a 512 -out all.txt

        Attribute size: 223, count: 23
        Written to: all.txt file

                Cfm3GetAttribute returned: 0x00 : HSM Return: SUCCESS

        Command:  getAttribute -o HANDLE -a 288 -out none.txt

                Cfm3GetAttribute returned: 0xc8 : HSM Error: Invalid attribute for this operation

        Command:  getAttribute -o 1 -a 3 -out none.txt

                Cfm3GetAttribute returned: 0xa8 : HSM Error: Invalid object handle is passed to this operation

        Command:  getKeyInfo -k HANDLE

                Cfm3GetKey returned: 0x00 : HSM Return: SUCCESS

                Owned by user 3

        Command:  findSingleKey -k HANDLE
        Cfm3FindKey returned: 0x00 : HSM Return: SUCCESS

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  (wait)
        OBJ_ATTR_KEY_TYPE
        0x0000001f
        OBJ_ATTR_CLASS
        0x04
        OBJ_ATTR_KEY_TYPE
        0x1f
        OBJ_ATTR_TOKEN
        0x01
        OBJ_ATTR_PRIVATE
        0x01
        OBJ_ATTR_ENCRYPT
        0x01
        OBJ_ATTR_DECRYPT
        0x01
        OBJ_ATTR_WRAP
        0x01
        OBJ_ATTR_UNWRAP
        0x01
        OBJ_ATTR_SIGN
        0x00
        OBJ_ATTR_VERIFY
        0x00
        OBJ_ATTR_LOCAL
        0x01
        OBJ_ATTR_SENSITIVE
        0x01
        OBJ_ATTR_EXTRACTABLE
        0x01
        OBJ_ATTR_LABEL
        aes256
        OBJ_ATTR_ID
        test_01
        OBJ_ATTR_VALUE_LEN
        0x00000020
        OBJ_ATTR_KCV
        0xKCV
        OBJ_ATTR_TRUSTED
        0x00
        OBJ_ATTR_WRAP_WITH_TRUSTED
        0x00
        OBJ_ATTR_DESTROYABLE
        0x01
        OBJ_ATTR_DERIVE
        0x00
        OBJ_ATTR_ALWAYS_SENSITIVE
        0x01
        OBJ_ATTR_NEVER_EXTRACTABLE
        0x00
    "#]].assert_eq(&said);
}

#[test]
fn a_session_key_becomes_a_token_key() {
    let mut desk = desk(2);
    let mut process = kmu::start(&["key_mgmt_util".to_owned()]);
    desk.resume(&mut process, Input::Start, None);
    let mut line =
        |desk: &mut Desk, text: &str| desk.resume(&mut process, Input::Line(text.into()), None).0;
    line(&mut desk, LOGIN);
    let said = line(&mut desk, "genSymKey -t 31 -s 32 -l later -sess");
    let handle = after(&said, "Key Handle: ");
    line(&mut desk, &format!("setAttribute -o {handle} -a 1"));
    let said = line(&mut desk, "1");
    assert!(said.contains("Cfm3SetAttribute returned: 0x00"), "{said}");
    for hsm in ["hsm-1", "hsm-2"] {
        assert_eq!(desk.world.fleet.status(hsm).unwrap().keys, 1);
    }
}

#[test]
fn a_key_can_be_exported_and_imported() {
    let mut desk = desk(2);
    let wrapping = wrapping(&mut desk);
    desk.host
        .fs
        .write(
            "/home/ec2-user/plain.key",
            [7; 32].as_slice(),
            "root",
            desk.world.now,
        )
        .unwrap();
    let said = alice(
        &mut desk,
        &[
            &format!("imSymKey -f plain.key -w {wrapping} -t 31 -l imported"),
            &format!("aesWrapUnwrap -f plain.key -w {wrapping} -m 1 -out plain.wrapped"),
            &format!("aesWrapUnwrap -f plain.wrapped -w {wrapping} -m 0 -out plain.again"),
        ],
    );
    let imported = after(&said, "Symmetric Key Unwrapped.  Key Handle: ");
    assert!(
        said.contains("result data:\n07 07 07 07 07 07 07 07\n"),
        "{said}"
    );
    let said = alice(
        &mut desk,
        &[
            &format!("exSymKey -k {imported} -w {wrapping} -out out.key"),
            &format!("wrapKey -k {imported} -w {wrapping} -out wrapped.key -m 4"),
            &format!("unWrapKey -f wrapped.key -w {wrapping} -m 4"),
            &format!(
                "wrapKey -k {imported} -w {wrapping} -out gcm.key -m 10 -noheader -iv_file iv"
            ),
            &format!(
                "unWrapKey -f gcm.key -w {wrapping} -m 10 -noheader -iv_file iv -l again -kt 31 -kc 4"
            ),
            &format!("unWrapKey -f gcm.key -w {wrapping} -m 4"),
            &format!("unWrapKey -f gcm.key -w {wrapping} -m 4 -noheader -l x -kt 31 -kc 4"),
            &format!("exSymKey -k {imported} -w {imported} -out out.key -wk wrapped.key"),
        ],
    );
    let out = desk.host.fs.read("/home/ec2-user/out.key", "root").unwrap();
    assert_eq!(&*out, &[7; 32]);
    let again = after(&said, "Key Unwrapped.  Key Handle: ");
    let last = said.rfind("Key Unwrapped.  Key Handle: ").unwrap();
    let gcm = after(&said[last..], "Key Handle: ");
    let said = said
        .replace(&wrapping, "WRAPPING")
        .replace(&imported, "IMPORTED")
        .replace(&again, "AGAIN")
        .replace(&gcm, "GCM");
    expect![[r#"
        Command:  exSymKey -k IMPORTED -w WRAPPING -out out.key

                Cfm3WrapKey returned: 0x00 : HSM Return: SUCCESS

                Cfm3UnWrapHostKey returned: 0x00 : HSM Return: SUCCESS


        Wrapped Symmetric Key written to file "out.key"

        Command:  wrapKey -k IMPORTED -w WRAPPING -out wrapped.key -m 4

                Key Wrapped.

                Wrapped Key written to file "wrapped.key length 146

                Cfm2WrapKey returned: 0x00 : HSM Return: SUCCESS

        Command:  unWrapKey -f wrapped.key -w WRAPPING -m 4

                Cfm3UnWrapKey returned: 0x00 : HSM Return: SUCCESS

                Key Unwrapped.  Key Handle: AGAIN

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  wrapKey -k IMPORTED -w WRAPPING -out gcm.key -m 10 -noheader -iv_file iv

                Key Wrapped.

                Wrapped Key written to file "gcm.key length 48

                Cfm2WrapKey returned: 0x00 : HSM Return: SUCCESS

        Command:  unWrapKey -f gcm.key -w WRAPPING -m 10 -noheader -iv_file iv -l again -kt 31 -kc 4

                Cfm3CreateUnwrapTemplate2 returned: 0x00 : HSM Return: SUCCESS

                Cfm2UnWrapWithTemplate3 returned: 0x00 : HSM Return: SUCCESS

                Key Unwrapped.  Key Handle: GCM

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  unWrapKey -f gcm.key -w WRAPPING -m 4

        	Error: The file has no header: use -noheader.

        Command:  unWrapKey -f gcm.key -w WRAPPING -m 4 -noheader -l x -kt 31 -kc 4

                Cfm3CreateUnwrapTemplate2 returned: 0x00 : HSM Return: SUCCESS

                Cfm2UnWrapWithTemplate3 returned: 0xd9 : HSM Error: Wrapped data is not valid

                Cluster Error Status
                Node id 0 and err state 0x000000d9 : HSM Error: Wrapped data is not valid

        Command:  exSymKey -k IMPORTED -w IMPORTED -out out.key -wk wrapped.key

                Cfm3WrapKey returned: 0x00 : HSM Return: SUCCESS

        	Error: The key in the -wk file does not unwrap the key.

        Command:  (wait)
    "#]]
    .assert_eq(&said);
}

#[test]
fn pairs_sign_verify_and_can_be_exported() {
    let mut desk = desk(1);
    let wrapping = wrapping(&mut desk);
    desk.host
        .fs
        .write(
            "/home/ec2-user/message",
            b"hello".as_slice(),
            "root",
            desk.world.now,
        )
        .unwrap();
    let said = alice(&mut desk, &["genECCKeyPair -i 2 -l pair"]);
    let public = after(&said, "public key handle: ");
    let private = after(&said, "private key handle: ");
    let said = alice(
        &mut desk,
        &[
            &format!("sign -f message -k {private} -m 17 -out message.sig"),
            &format!("verify -f message -s message.sig -k {public} -m 17"),
            &format!("verify -f message.sig -s message.sig -k {public} -m 17"),
            &format!("sign -f message -k {public} -m 17 -out message.sig"),
            &format!("exportPrivateKey -k {private} -w {wrapping} -out private.pem"),
            &format!("exportPubKey -k {public} -out public.pem"),
            &format!("importPrivateKey -f private.pem -l back -w {wrapping}"),
            "importPubKey -f public.pem -l back",
            &format!("getCaviumPrivKey -k {private} -out fake.pem"),
            "IsValidKeyHandlefile -f fake.pem",
            "IsValidKeyHandlefile -f private.pem",
            &format!("extractMaskedObject -o {wrapping} -out masked"),
            &format!("deleteKey -k {wrapping}"),
            "insertMaskedObject -f masked",
            &format!("deleteKey -k {private}"),
            "IsValidKeyHandlefile -f fake.pem",
            "insertMaskedObject -f message",
        ],
    );
    assert!(read(&desk, "/home/ec2-user/public.pem").contains("BEGIN PUBLIC KEY"));
    let mut said = said
        .replace(&wrapping, "WRAPPING")
        .replace(&public, "PUBLIC")
        .replace(&private, "PRIVATE");
    for what in [
        "Private Key Unwrapped.  Key Handle: ",
        "Public Key Handle: ",
    ] {
        let number = after(&said, what);
        said = said.replace(&number, "BACK");
    }
    expect![[r#"
        Command:  sign -f message -k PRIVATE -m 17 -out message.sig

        Cfm3Sign returned: 0x00 : HSM Return: SUCCESS

        signature is written to file message.sig

        Cluster Error Status
        Node id 0 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  verify -f message -s message.sig -k PUBLIC -m 17

        Signature verification successful

        Cfm3Verify returned: 0x00 : HSM Return: SUCCESS

        Command:  verify -f message.sig -s message.sig -k PUBLIC -m 17

        Cfm3Verify returned: 0x1b

        CSP Error: ERR_BAD_PKCS_DATA

        Command:  sign -f message -k PUBLIC -m 17 -out message.sig

                Cfm3Sign returned: 0xc7 : HSM Error: The key does not allow this operation

                Cluster Error Status
                Node id 0 and err state 0x000000c7 : HSM Error: The key does not allow this operation

        Command:  exportPrivateKey -k PRIVATE -w WRAPPING -out private.pem

                Cfm3WrapKey returned: 0x00 : HSM Return: SUCCESS

                Cfm3UnWrapHostKey returned: 0x00 : HSM Return: SUCCESS

        PEM formatted private key is written to private.pem

        Command:  exportPubKey -k PUBLIC -out public.pem

        PEM formatted public key is written to public.pem

        Cfm3ExportPubKey returned: 0x00 : HSM Return: SUCCESS

        Command:  importPrivateKey -f private.pem -l back -w WRAPPING

        BER encoded key length is 138

                Cfm3WrapHostKey returned: 0x00 : HSM Return: SUCCESS

                Cfm3CreateUnwrapTemplate returned: 0x00 : HSM Return: SUCCESS

                Cfm3UnWrapKey returned: 0x00 : HSM Return: SUCCESS

                Private Key Unwrapped.  Key Handle: BACK

        Cluster Error Status
        Node id 0 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  importPubKey -f public.pem -l back

                Cfm3CreatePublicKey returned: 0x00 : HSM Return: SUCCESS

                Public Key Handle: BACK

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  getCaviumPrivKey -k PRIVATE -out fake.pem

        Private Key Handle is written to fake.pem in fake PEM format

                getCaviumPrivKey returned: 0x00 : HSM Return: SUCCESS

        Command:  IsValidKeyHandlefile -f fake.pem

        Input file has valid key handle: PRIVATE

        Command:  IsValidKeyHandlefile -f private.pem

        Input key file has real private key

        Command:  extractMaskedObject -o WRAPPING -out masked

        Object was masked and written to file "masked"

                Cfm3ExtractMaskedObject returned: 0x00 : HSM Return: SUCCESS

        Command:  deleteKey -k WRAPPING

                Cfm3DeleteKey returned: 0x00 : HSM Return: SUCCESS

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  insertMaskedObject -f masked

        Cfm3InsertMaskedObject returned: 0x00 : HSM Return: SUCCESS
                New Key Handle: WRAPPING

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  deleteKey -k PRIVATE

                Cfm3DeleteKey returned: 0x00 : HSM Return: SUCCESS

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  IsValidKeyHandlefile -f fake.pem

        Input file has invalid key handle: PRIVATE

        Command:  insertMaskedObject -f message

                Cfm3InsertMaskedObject returned: 0xd9 : HSM Error: Wrapped data is not valid

        Command:  (wait)
    "#]].assert_eq(&said);
}

#[test]
fn refusals() {
    let mut desk = desk(2);
    let lines = [
        "findKey",
        "loginHSM -u CU -s alice -p Wrong-Pass-1",
        "loginHSM -u CU -s nobody -p Alice-Pass-1",
        "loginHSM -u XX -s alice -p Alice-Pass-1",
        "loginHSM -u CU -s alice",
        "loginHSM -u CU -s alice -hpswd",
        "Alice-Pass-1",
        "genSymKey -t 31 -l aes",
        "genSymKey -t 31 -s x -l aes",
        "genSymKey -t 31 -s 31 -l aes",
        "genSymKey -t 21 -s 24 -l des",
        "genSymKey -t 31 -s 32 -l aes -timeout 3",
        "genSymKey -t 31 -s 32 -l aes -sess -u 3",
        "genSymKey -t 31 -s 32 -l aes -u 77",
        "genSymKey -t 31 -s 32 -l aes -min_srv 5",
        "genECCKeyPair -i 1 -l ecc1",
        "genECCKeyPair -i 77 -l ecc77",
        "deleteKey -k 1",
        "sign -f nofile -k 1 -m 1 -out x",
        "Error2String -r 0xdb",
        "Error2String -r 0x1",
        "genPBEKey -h",
        "deleteKey -h",
        "nonsense",
    ];
    let said = kmu(&mut desk, &lines);
    let handle = after(&said, "Key Handle: ");
    expect![[r#"
        Command:  findKey

        Total number of keys present 0

                Cluster Error Status
                Node id 0 and err state 0x000000d7 : HSM Error: No user is logged in
                Node id 1 and err state 0x000000d7 : HSM Error: No user is logged in

                Cfm3FindKey returned: 0xd7 : HSM Error: No user is logged in

        Command:  loginHSM -u CU -s alice -p Wrong-Pass-1

        Cfm3LoginHSM returned: 0xa3 : HSM Error: RET_USER_LOGIN_FAILURE

        Cluster Status
        Node id 0 and err state 0x000000a3 : HSM Error: RET_USER_LOGIN_FAILURE
        Node id 1 and err state 0x000000a3 : HSM Error: RET_USER_LOGIN_FAILURE

        Command:  loginHSM -u CU -s nobody -p Alice-Pass-1

        Cfm3LoginHSM returned: 0xce : HSM Error: This user doesn't exist

        Cluster Status
        Node id 0 and err state 0x000000ce : HSM Error: This user doesn't exist
        Node id 1 and err state 0x000000ce : HSM Error: This user doesn't exist

        Command:  loginHSM -u XX -s alice -p Alice-Pass-1

        	Error: Invalid user type specified.


        Description
        ===========
        Login to the HSM providing the user type and password.

        Syntax: loginHSM -h -u <user type> [-p <password>] [-hpswd] -s <username>

        Where: -h        displays this information
               -u        specifies the user type as "CU"
               -p        specifies the user password
               -hpswd    asks for the user password
               -s        specifies the user name

        Command:  loginHSM -u CU -s alice

        	Error: Password (-p) is missing.


        Description
        ===========
        Login to the HSM providing the user type and password.

        Syntax: loginHSM -h -u <user type> [-p <password>] [-hpswd] -s <username>

        Where: -h        displays this information
               -u        specifies the user type as "CU"
               -p        specifies the user password
               -hpswd    asks for the user password
               -s        specifies the user name

        Command:  loginHSM -u CU -s alice -hpswd
        Enter password: 

        Cfm3LoginHSM returned: 0x00 : HSM Return: SUCCESS

        Cluster Status
        Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
        Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  genSymKey -t 31 -l aes

        	Error: Key size (-s) is missing.


        Description
        ===========
        Generate Symmetric keys specifying key type, key size and key label.

        Syntax: genSymKey -h -t <key type> -s <key size> -l <label> [-id <key ID>] [-min_srv <minimum number of servers>] [-m_value <0..8>] [-nex] [-sess] [-timeout <number of seconds>] [-u <user-ids>] [-attest]

        Where: -h        displays this information
               -t        specifies the key type: 16 = GENERIC_SECRET, 18 = RC4, 21 = DES3, 31 = AES
               -s        specifies the key size in bytes
               -l        specifies the key label
               -id       specifies key ID
               -min_srv  specifies the number of servers that must have the key within -timeout
               -m_value  specifies the number of users to approve for any key service
               -nex      set the key as non-extractable
               -sess     specifies key as session key
               -timeout  specifies the number of seconds to wait for -min_srv
               -u        specifies the list of users to share with (separated by ,)
               -attest   performs the attestation check on the firmware response

        Command:  genSymKey -t 31 -s x -l aes

        	Error: Key size (-s) is missing.


        Description
        ===========
        Generate Symmetric keys specifying key type, key size and key label.

        Syntax: genSymKey -h -t <key type> -s <key size> -l <label> [-id <key ID>] [-min_srv <minimum number of servers>] [-m_value <0..8>] [-nex] [-sess] [-timeout <number of seconds>] [-u <user-ids>] [-attest]

        Where: -h        displays this information
               -t        specifies the key type: 16 = GENERIC_SECRET, 18 = RC4, 21 = DES3, 31 = AES
               -s        specifies the key size in bytes
               -l        specifies the key label
               -id       specifies key ID
               -min_srv  specifies the number of servers that must have the key within -timeout
               -m_value  specifies the number of users to approve for any key service
               -nex      set the key as non-extractable
               -sess     specifies key as session key
               -timeout  specifies the number of seconds to wait for -min_srv
               -u        specifies the list of users to share with (separated by ,)
               -attest   performs the attestation check on the firmware response

        Command:  genSymKey -t 31 -s 31 -l aes

                Cfm3GenerateSymmetricKey returned: 0xb3 : HSM Error: This operation violates the current configured/FIPS policies

                Cluster Error Status
                Node id 0 and err state 0x000000b3 : HSM Error: This operation violates the current configured/FIPS policies

        Command:  genSymKey -t 21 -s 24 -l des

                Cfm3GenerateSymmetricKey returned: 0xb3 : HSM Error: This operation violates the current configured/FIPS policies

        Command:  genSymKey -t 31 -s 32 -l aes -timeout 3

        	Error: Minimum servers (-min_srv) option is missing

        Command:  genSymKey -t 31 -s 32 -l aes -sess -u 3

        	Error: sharing session keys is not allowed

        Command:  genSymKey -t 31 -s 32 -l aes -u 77

                Cfm3GenerateSymmetricKey returned: 0xce : HSM Error: This user doesn't exist

        Command:  genSymKey -t 31 -s 32 -l aes -min_srv 5

                Cfm3GenerateSymmetricKey returned: 0x00 : HSM Return: SUCCESS

                Symmetric Key Created.  Key Handle: HANDLE

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

         Not a valid min_srv count, please check the number of servers in cluster !!
         Key generation succesful in all servers 2 present in the cluster

        Command:  genECCKeyPair -i 1 -l ecc1

                Cfm3GenerateKeyPair returned: 0xb3 : HSM Error: This operation violates the current configured/FIPS policies

                Cluster Error Status
                Node id 0 and err state 0x30000085 : HSM CLUSTER ERROR: Server in cluster is unavailable
                Node id 1 and err state 0x30000085 : HSM CLUSTER ERROR: Server in cluster is unavailable

        Command:  genECCKeyPair -i 77 -l ecc77

        	Error: Invalid EC Curve ID.

        The following are the HSM supported ECC Curves

              NID_X9_62_prime192v1     - 1
              NID_X9_62_prime256v1     - 2
              NID_sect163k1            - 3
              NID_sect163r2            - 4
              NID_sect233k1            - 5
              NID_sect233r1            - 6
              NID_sect283k1            - 7
              NID_sect283r1            - 8
              NID_sect409k1            - 9
              NID_sect409r1            - 10
              NID_sect571k1            - 11
              NID_sect571r1            - 12
              NID_secp224r1            - 13
              NID_secp384r1            - 14
              NID_secp521r1            - 15
              NID_secp256k1            - 16

        Command:  deleteKey -k 1

                Cfm3FindKey returned: 0xa8 : HSM Error: Invalid object handle is passed to this operation

                Cluster Error Status
                Node id 0 and err state 0x000000a8 : HSM Error: Invalid object handle is passed to this operation
                Node id 1 and err state 0x000000a8 : HSM Error: Invalid object handle is passed to this operation

        Command:  sign -f nofile -k 1 -m 1 -out x

        	WARNING: Failed to read from the file "nofile".

        Command:  Error2String -r 0xdb

                Error Code db maps to HSM Error: Invalid User Type.

        Command:  Error2String -r 0x1

                Error Code 1 maps to HSM Error: Unknown error

        Command:  genPBEKey -h

        	hsmlab: this lab's key_mgmt_util does not have genPBEKey

        Command:  deleteKey -h


        Description
        ===========
        Delete a key specifying a key handle.

        Syntax: deleteKey -h -k <key handle>

        Where: -h        displays this information
               -k        specifies the key handle to delete

        Command:  nonsense

        	Error: Unknown command nonsense. Type help for the list of commands.

        Command:  (wait)
    "#]].assert_eq(&said.replace(&handle, "HANDLE"));
}

#[test]
fn another_users_key_and_sharing() {
    let mut desk = desk(2);
    cmu(
        &mut desk,
        &[
            "loginHSM CO admin Admin-Pass-1",
            "createUser CU bob Bob-Pass-1",
            "y",
        ],
    );
    let handle = wrapping(&mut desk);
    let shared = cmu(
        &mut desk,
        &[
            "loginHSM CU alice Alice-Pass-1",
            &format!("shareKey {handle} 4 1"),
            "y",
            &format!("getKeyInfo {handle}"),
            &format!("setAttribute {handle} 261"),
            "0",
            "y",
            &format!("getAttribute {handle} 261"),
            "logoutHSM",
            "loginHSM CO admin Admin-Pass-1",
            &format!("setAttribute {handle} 134 1"),
            "y",
            "findAllKeys 4 0",
            "findAllKeys 3 1",
        ],
    );
    let said = kmu(
        &mut desk,
        &[
            "loginHSM -u CU -s bob -p Bob-Pass-1",
            "findKey -u 3",
            &format!("deleteKey -k {handle}"),
        ],
    );
    let both = (shared + &said).replace(&handle, "HANDLE");
    let hash = both.find("Key Hash:\n").unwrap() + 10;
    let hash = both[hash..hash + 64].to_owned();
    // The same on both HSMs: they are in step.
    assert_eq!(both.matches(&hash).count(), 2);
    expect![[r#"
        Connecting to the server(s), it may take time
        depending on the server(s) load, please wait...

        Connecting to server '10.0.1.10': hostname '10.0.1.10', port 2225...
        Connected to server '10.0.1.10': hostname '10.0.1.10', port 2225.

        Connecting to server '10.0.1.11': hostname '10.0.1.11', port 2225...
        Connected to server '10.0.1.11': hostname '10.0.1.11', port 2225.
        E2E enabled on server 0(10.0.1.10)
        E2E enabled on server 1(10.0.1.11)
        aws-cloudhsm>loginHSM CU alice Alice-Pass-1
        loginHSM success on server 0(10.0.1.10)
        loginHSM success on server 1(10.0.1.11)
        aws-cloudhsm>shareKey HANDLE 4 1
        *************************CAUTION********************************
        This is a CRITICAL operation, should be done on all nodes in the
        cluster. AWS does NOT synchronize these changes automatically with the 
        nodes on which this operation is not executed or failed, please 
        ensure this operation is executed on all nodes in the cluster.  
        ****************************************************************

        Do you want to continue(y/n)?y
        shareKey success on server 0(10.0.1.10)
        shareKey success on server 1(10.0.1.11)
        aws-cloudhsm>getKeyInfo HANDLE
        Key Info on server 0(10.0.1.10):

                Token/Flash Key,

                Owned by user 3

                also, shared to following 1 user(s):

                         4
        Key Info on server 1(10.0.1.11):

                Token/Flash Key,

                Owned by user 3

                also, shared to following 1 user(s):

                         4
        aws-cloudhsm>setAttribute HANDLE 261
        This attribute is defined as a boolean value.
        Enter the boolean attribute value (0 or 1):0
        *************************CAUTION********************************
        This is a CRITICAL operation, should be done on all nodes in the
        cluster. AWS does NOT synchronize these changes automatically with the 
        nodes on which this operation is not executed or failed, please 
        ensure this operation is executed on all nodes in the cluster.  
        ****************************************************************

        Do you want to continue(y/n)?y
        setAttribute success on server 0(10.0.1.10)
        setAttribute success on server 1(10.0.1.11)
        aws-cloudhsm>getAttribute HANDLE 261

        Attribute Value on server 0(10.0.1.10):
        OBJ_ATTR_DECRYPT
        0x00000000

        Attribute Value on server 1(10.0.1.11):
        OBJ_ATTR_DECRYPT
        0x00000000
        aws-cloudhsm>logoutHSM
        logoutHSM success on server 0(10.0.1.10)
        logoutHSM success on server 1(10.0.1.11)
        aws-cloudhsm>loginHSM CO admin Admin-Pass-1
        loginHSM success on server 0(10.0.1.10)
        loginHSM success on server 1(10.0.1.11)
        aws-cloudhsm>setAttribute HANDLE 134 1
        *************************CAUTION********************************
        This is a CRITICAL operation, should be done on all nodes in the
        cluster. AWS does NOT synchronize these changes automatically with the 
        nodes on which this operation is not executed or failed, please 
        ensure this operation is executed on all nodes in the cluster.  
        ****************************************************************

        Do you want to continue(y/n)?y
        setAttribute success on server 0(10.0.1.10)
        setAttribute success on server 1(10.0.1.11)
        aws-cloudhsm>findAllKeys 4 0
        Keys on server 0(10.0.1.10):
        Number of keys found 1
        number of keys matched from start index 0::1
        HANDLE(s)
        findAllKeys success on server 0(10.0.1.10)

        Keys on server 1(10.0.1.11):
        Number of keys found 1
        number of keys matched from start index 0::1
        HANDLE(s)
        findAllKeys success on server 1(10.0.1.11)

        aws-cloudhsm>findAllKeys 3 1
        Keys on server 0(10.0.1.10):
        Number of keys found 1
        number of keys matched from start index 0::1
        HANDLE(o)
        Key Hash:
        HASH

        findAllKeys success on server 0(10.0.1.10)

        Keys on server 1(10.0.1.11):
        Number of keys found 1
        number of keys matched from start index 0::1
        HANDLE(o)
        Key Hash:
        HASH

        findAllKeys success on server 1(10.0.1.11)

        aws-cloudhsm>(wait)
        Command:  loginHSM -u CU -s bob -p Bob-Pass-1

        Cfm3LoginHSM returned: 0x00 : HSM Return: SUCCESS

        Cluster Status
        Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
        Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

        Command:  findKey -u 3

        Total number of keys present 1

         number of keys matched from start index 0::0
        HANDLE

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x00000000 : HSM Return: SUCCESS

                Cfm3FindKey returned: 0x00 : HSM Return: SUCCESS

        Command:  deleteKey -k HANDLE

                Cfm3DeleteKey returned: 0xc6 : HSM Error: Key Access is denied

                Cluster Error Status
                Node id 0 and err state 0x000000c6 : HSM Error: Key Access is denied
                Node id 1 and err state 0x000000c6 : HSM Error: Key Access is denied

        Command:  (wait)
    "#]]
    .assert_eq(&both.replace(&hash, "HASH"));
}

#[test]
fn one_command_at_a_time() {
    let mut desk = desk(1);
    let said = single(
        &mut desk,
        "loginHSM -u CU -s alice -p Alice-Pass-1 genSymKey -l aes -t 31 -s 32 -min_srv 1 -timeout 1",
    );
    let handle = after(&said, "Key Handle: ");
    expect![[r#"

        	Cfm3Initialize() returned app id : 01000000 

        	session_handle 1000000 

        	Current FIPS mode is: 00000002

        Cfm3LoginHSM returned: 0x00 : HSM Return: SUCCESS

        Cluster Status
        Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
        Command: genSymKey  -l  aes  -t  31  -s  32  -min_srv  1  -timeout  1 

                Cfm3GenerateSymmetricKey returned: 0x00 : HSM Return: SUCCESS

                Symmetric Key Created.  Key Handle: HANDLE

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
        [0]
    "#]]
    .assert_eq(&said.replace(&handle, "HANDLE"));
    let said = single(&mut desk, "loginHSM -u CU -s alice -p Wrong-Pass-1 findKey");
    assert!(said.ends_with("[255]\n"), "{said}");
    let said = single(&mut desk, "listUsers");
    expect![[r#"

        	Cfm3Initialize() returned app id : 01000000 

        	session_handle 1000000 

        	Current FIPS mode is: 00000002
        Command: listUsers 

                Number Of Users found 3

                Index       User ID     User Type       User Name           MofnPubKey    LoginFailureCnt         2FA
                1                1      CO              admin                     NO               0               NO
                2                2      AU              app_user                  NO               0               NO
                3                3      CU              alice                     NO               1               NO

                Cfm3ListUsers returned: 0x00 : HSM Return: SUCCESS
        [0]
    "#]].assert_eq(&said);
    assert_eq!(desk.world.fleet.status("hsm-1").unwrap().connections, 0);
}

#[test]
fn a_key_that_an_hsm_cannot_accept_is_reported() {
    let mut desk = desk(2);
    // bob is only on the first HSM.
    desk.tool("configure -a 10.0.1.10");
    cmu(
        &mut desk,
        &[
            "loginHSM CO admin Admin-Pass-1",
            "createUser CU bob Bob-Pass-1",
            "y",
        ],
    );
    let said = kmu(
        &mut desk,
        &[
            "loginHSM -u CU -s bob -p Bob-Pass-1",
            "genSymKey -t 31 -s 32 -l k",
            "genSymKey -t 31 -s 32 -l k -min_srv 2 -timeout 1",
        ],
    );
    let shown: Vec<&str> = said
        .split("Key Handle: ")
        .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()))
        .collect();
    let shown = shown.join("Key Handle: ");
    expect![[r#"
        Command:  loginHSM -u CU -s bob -p Bob-Pass-1

        Cfm3LoginHSM returned: 0x00 : HSM Return: SUCCESS

        Cluster Status
        Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
        Node id 1 and err state 0x000000ce : HSM Error: This user doesn't exist

        Command:  genSymKey -t 31 -s 32 -l k

                Cfm3GenerateSymmetricKey returned: 0x00 : HSM Return: SUCCESS

                Symmetric Key Created.  Key Handle: 

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x000000d7 : HSM Error: No user is logged in

        Command:  genSymKey -t 31 -s 32 -l k -min_srv 2 -timeout 1

                Cfm3GenerateSymmetricKey returned: 0x00 : HSM Return: SUCCESS

                Symmetric Key Created.  Key Handle: 

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x000000d7 : HSM Error: No user is logged in

                Checking key status (1 seconds)..

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x000000d7 : HSM Error: No user is logged in
        Couldn't verify key sync on 2 servers
        Rolling back

                Cfm3DeleteKey returned: 0x00 : HSM Return: SUCCESS

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x000000d7 : HSM Error: No user is logged in

        Command:  (wait)
    "#]]
    .assert_eq(&shown);
    // Of two keys, the one that had to be on both HSMs is gone.
    assert_eq!(desk.world.fleet.status("hsm-1").unwrap().keys, 1);
}

#[test]
fn an_hsm_that_is_lost_is_called_unavailable() {
    let mut desk = desk(2);
    let mut process = kmu::start(&["key_mgmt_util".to_owned()]);
    desk.resume(&mut process, Input::Start, None);
    let mut line =
        |desk: &mut Desk, text: &str| desk.resume(&mut process, Input::Line(text.into()), None).0;
    line(&mut desk, LOGIN);
    desk.world.fleet.destroy("hsm-2");
    let mut said = line(&mut desk, "findKey");
    // The other one keeps working; after its loss too, nothing is left.
    let made = line(&mut desk, "genSymKey -t 31 -s 32 -l k");
    assert!(made.contains("Symmetric Key Created"), "{made}");
    desk.world.fleet.destroy("hsm-1");
    said += &line(&mut desk, "listUsers");
    said += &line(&mut desk, "findKey");
    expect![[r#"

        Total number of keys present 0

                Cluster Error Status
                Node id 0 and err state 0x00000000 : HSM Return: SUCCESS
                Node id 1 and err state 0x30000085 : HSM CLUSTER ERROR: Server in cluster is unavailable

                Cfm3FindKey returned: 0x00 : HSM Return: SUCCESS


                Cfm3ListUsers returned: 0x30000085 : HSM CLUSTER ERROR: Server in cluster is unavailable


        	findKey returned: 0x40000040 : LIQUIDSECURITY: Daemon socket connection error

    "#]].assert_eq(&said);
}

#[test]
fn an_hsm2m_has_no_daemon() {
    let (world, _, ca) = initialized();
    let mut desk = Desk::new(world);
    let now = desk.world.now;
    desk.host
        .fs
        .write(
            "/opt/cloudhsm/etc/customerCA.crt",
            ca.as_bytes(),
            "root",
            now,
        )
        .unwrap();
    desk.tool("configure -a 10.0.1.10");
    unix(&mut desk, "service cloudhsm-client start");
    let said = kmu(&mut desk, &[]);
    assert!(said.contains("Daemon socket connection error"), "{said}");
}

#[test]
fn names_are_completed() {
    let process = kmu::start(&["key_mgmt_util".to_owned()]);
    assert_eq!(process.complete("genS"), ["genSymKey"]);
    assert_eq!(process.complete("findKey -k"), ["-kcv"]);
    let words = ["key_mgmt_util".to_owned(), "singlecmd".to_owned()];
    assert_eq!(kmu::complete(&words, "imS"), ["imSymKey"]);
}
