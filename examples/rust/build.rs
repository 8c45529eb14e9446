//! Links the library that lies in KICKMSG_LIB_DIR: a static one, and what it needs of C++.
fn main() {
    println!("cargo:rerun-if-env-changed=KICKMSG_LIB_DIR");
    if let Ok(folder) = std::env::var("KICKMSG_LIB_DIR") {
        println!("cargo:rustc-link-search=native={folder}");
        println!("cargo:rerun-if-changed={folder}/libkickmsg.a");
    }
    println!("cargo:rustc-link-lib=static=kickmsg");
    println!("cargo:rustc-link-lib=dylib=stdc++");
}
