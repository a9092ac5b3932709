//! One file that a passphrase seals, for computers without a keyring.
//!
//! ```text
//! magic "RECADOVT" · version u8 · memory KiB u32 · passes u32 · lanes u32 · salt [16] · check [16] · nonce [24]
//! sealed JSON {name: base64} · SHA-256 of all before it
//! ```
//!
//! argon2id makes 64 bytes of the passphrase: the first half is the key of XChaCha20-Poly1305, the second, hashed, is `check`.
//! So a wrong passphrase is told from a damaged file: the hash at the end says whether the bytes are those that were written,
//! `check` whether the passphrase is the right one. All before the sealed part is authenticated along with it. Numbers are
//! big-endian.
//!
//! Each write is a new file with a new nonce, synced and renamed over the old one, so that a crash leaves one or the other.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{MIN_PASSPHRASE_CHARS, Secret, SecretError};
use crate::view::Lock;

const MAGIC: &[u8; 8] = b"RECADOVT";
const VERSION: u8 = 1;
const SALT: usize = 16;
const CHECK: usize = 16;
const NONCE: usize = 24;
const HEADER: usize = MAGIC.len() + 1 + 12 + SALT + CHECK + NONCE;
const DIGEST: usize = 32;

/// RFC 9106, the second recommended choice: 64 MiB, three passes, four lanes. About 150 ms.
const COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 4 };

#[derive(Clone, Copy, Debug)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// The vault of one profile. Calls block (disk, argon2), so they belong on a blocking thread; one at a time.
#[derive(Debug)]
pub(super) struct Vault {
    path: PathBuf,
    open: Mutex<Option<Open>>,
    cost: Cost,
}

/// What is known once the passphrase was right.
struct Open {
    key: Zeroizing<[u8; 32]>,
    cost: Cost,
    salt: [u8; SALT],
    check: [u8; CHECK],
    values: BTreeMap<String, Secret>,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").finish_non_exhaustive()
    }
}

impl Vault {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, open: Mutex::new(None), cost: COST }
    }

    /// Whether the profile has one.
    pub(super) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Makes an empty one, which is open then.
    pub(super) fn create(&self, passphrase: &str) -> Result<(), SecretError> {
        if passphrase.chars().count() < MIN_PASSPHRASE_CHARS {
            return Err(SecretError::WeakPassphrase);
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if self.exists() {
            return Err(SecretError::VaultExists);
        }
        let salt = rand::random::<[u8; SALT]>();
        let (key, check) = derive(passphrase, self.cost, &salt)?;
        let new = Open { key, cost: self.cost, salt, check, values: BTreeMap::new() };
        write(&self.path, &new.seal()?)?;
        *open = Some(new);
        Ok(())
    }

    /// Opens it; fine if it is open.
    pub(super) fn unlock(&self, passphrase: &str) -> Result<(), SecretError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() {
            *open = Some(Open::unseal(&fs::read(&self.path)?, passphrase)?);
        }
        Ok(())
    }

    pub(super) fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or(SecretError::Locked(Lock::NeedsPassphrase))?;
        Ok(open.values.get(name).cloned())
    }

    /// Sets a value, or with `None` forgets it.
    pub(super) fn put(&self, name: &str, value: Option<Secret>) -> Result<(), SecretError> {
        let mut guard = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let open = guard.as_mut().ok_or(SecretError::Locked(Lock::NeedsPassphrase))?;
        let before = match value {
            Some(value) => open.values.insert(name.to_owned(), value),
            None => open.values.remove(name),
        };
        let written = open.seal().and_then(|bytes| Ok(write(&self.path, &bytes)?));
        if written.is_err() {
            // What is in memory is what is on disk.
            match before {
                Some(value) => open.values.insert(name.to_owned(), value),
                None => open.values.remove(name),
            };
        }
        written
    }
}

impl Open {
    fn seal(&self) -> Result<Vec<u8>, SecretError> {
        let nonce = rand::random::<[u8; NONCE]>();
        let mut file = Vec::with_capacity(512);
        file.extend_from_slice(MAGIC);
        file.push(VERSION);
        for number in [self.cost.memory_kib, self.cost.passes, self.cost.lanes] {
            file.extend_from_slice(&number.to_be_bytes());
        }
        file.extend_from_slice(&self.salt);
        file.extend_from_slice(&self.check);
        file.extend_from_slice(&nonce);
        let texts: BTreeMap<&str, Zeroizing<String>> =
            self.values.iter().map(|(name, value)| (name.as_str(), Zeroizing::new(BASE64.encode(value)))).collect();
        let plain: BTreeMap<&str, &str> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let plain = Zeroizing::new(serde_json::to_vec(&plain).expect("a map of texts is always JSON"));
        let sealed = XChaCha20Poly1305::new((&*self.key).into())
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: &plain, aad: &file })
            .map_err(|_| SecretError::VaultDamaged("it cannot be sealed"))?;
        file.extend_from_slice(&sealed);
        let digest = Sha256::digest(&file);
        file.extend_from_slice(&digest);
        Ok(file)
    }

    fn unseal(file: &[u8], passphrase: &str) -> Result<Self, SecretError> {
        let damaged = SecretError::VaultDamaged;
        let end = file.len().checked_sub(DIGEST).filter(|end| *end > HEADER).ok_or(damaged("it is too short"))?;
        let (content, digest) = file.split_at(end);
        if !content.starts_with(MAGIC) {
            return Err(damaged("it is no vault"));
        }
        if content[MAGIC.len()] != VERSION {
            return Err(damaged("it was written by another version"));
        }
        if Sha256::digest(content)[..] != *digest {
            return Err(damaged("its bytes changed"));
        }
        let (header, sealed) = content.split_at(HEADER);
        let mut rest = &header[MAGIC.len() + 1..];
        let mut take = |count: usize| {
            let (taken, left) = rest.split_at(count);
            rest = left;
            taken
        };
        let mut number = || u32::from_be_bytes(take(4).try_into().expect("four bytes were taken"));
        let cost = Cost { memory_kib: number(), passes: number(), lanes: number() };
        let salt: [u8; SALT] = take(SALT).try_into().expect("as many bytes as were taken");
        let check: [u8; CHECK] = take(CHECK).try_into().expect("as many bytes as were taken");
        let nonce = take(NONCE);
        let (key, found) = derive(passphrase, cost, &salt)?;
        if found != check {
            return Err(SecretError::WrongPassphrase);
        }
        let plain = XChaCha20Poly1305::new((&*key).into())
            .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: header })
            .map_err(|_| damaged("its content is not what was sealed"))?;
        let plain = Zeroizing::new(plain);
        let texts: BTreeMap<String, Zeroizing<String>> = serde_json::from_slice::<BTreeMap<String, String>>(&plain)
            .map_err(|_| damaged("its content is not JSON"))?
            .into_iter()
            .map(|(name, text)| (name, Zeroizing::new(text)))
            .collect();
        let values = texts
            .into_iter()
            .map(|(name, text)| {
                let value = BASE64.decode(text.as_bytes()).map_err(|_| damaged("a value is not base64"))?;
                Ok((name, Secret::new(value)))
            })
            .collect::<Result<_, SecretError>>()?;
        Ok(Self { key, cost, salt, check, values })
    }
}

/// The key, and what tells whether it is the right one.
fn derive(passphrase: &str, cost: Cost, salt: &[u8; SALT]) -> Result<(Zeroizing<[u8; 32]>, [u8; CHECK]), SecretError> {
    let unusable = |_| SecretError::VaultDamaged("its costs are not usable");
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(64)).map_err(unusable)?;
    let mut bytes = Zeroizing::new([0_u8; 64]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut *bytes)
        .map_err(unusable)?;
    let mut key = Zeroizing::new([0_u8; 32]);
    key.copy_from_slice(&bytes[..32]);
    let mut check = [0; CHECK];
    check.copy_from_slice(&Sha256::digest(&bytes[32..])[..CHECK]);
    Ok((key, check))
}

/// Replaces the file as a whole; only its owner can read it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let new = path.with_extension("new");
    // Left by a crash, perhaps with other rights.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    // The rename lasts once the directory is on disk; Windows has no such call and needs none.
    #[cfg(unix)]
    File::open(dir)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What argon2 costs is not what these tests are about.
    fn vault(dir: &Path) -> Vault {
        Vault { cost: Cost { memory_kib: 64, passes: 1, lanes: 1 }, ..Vault::new(dir.join("vault")) }
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.as_bytes().to_vec())
    }

    #[test]
    fn a_vault_keeps_its_values_over_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let first = vault(dir.path());
        assert!(!first.exists());
        first.create("correct horse").unwrap();
        first.put("session", Some(secret("refresh me"))).unwrap();
        first.put("other", Some(secret("x"))).unwrap();
        first.put("other", None).unwrap();

        let second = vault(dir.path());
        assert!(matches!(second.get("session"), Err(SecretError::Locked(Lock::NeedsPassphrase))));
        second.unlock("correct horse").unwrap();
        assert_eq!(second.get("session").unwrap(), Some(secret("refresh me")));
        assert_eq!(second.get("other").unwrap(), None);
        let bytes = fs::read(dir.path().join("vault")).unwrap();
        assert!(!bytes.windows(7).any(|window| window == b"refresh"));
        assert!(!bytes.windows(7).any(|window| window == b"session"));
    }

    #[test]
    fn a_wrong_passphrase_is_told_from_a_damaged_file() {
        let dir = tempfile::tempdir().unwrap();
        vault(dir.path()).create("correct horse").unwrap();
        let path = dir.path().join("vault");
        let good = fs::read(&path).unwrap();
        assert!(matches!(vault(dir.path()).unlock("correct house"), Err(SecretError::WrongPassphrase)));

        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            let answer = vault(dir.path()).unlock("correct horse");
            assert!(matches!(answer, Err(SecretError::VaultDamaged(_))), "byte {at}: {answer:?}");
        }
        for len in [0, 5, HEADER, good.len() - 1] {
            fs::write(&path, &good[..len]).unwrap();
            assert!(matches!(vault(dir.path()).unlock("correct horse"), Err(SecretError::VaultDamaged(_))));
        }
        fs::write(&path, &good).unwrap();
        vault(dir.path()).unlock("correct horse").unwrap();
    }

    #[test]
    fn a_vault_is_never_made_over_another_nor_with_a_short_passphrase() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(vault(dir.path()).create("seven77"), Err(SecretError::WeakPassphrase)));
        vault(dir.path()).create("contraseña").unwrap();
        assert!(matches!(vault(dir.path()).create("another one"), Err(SecretError::VaultExists)));
    }

    #[test]
    fn a_failed_write_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault(dir.path());
        vault.create("correct horse").unwrap();
        vault.put("session", Some(secret("old"))).unwrap();
        // A directory in the way of the new file, not empty, so that it cannot be removed.
        fs::create_dir_all(dir.path().join("vault.new/x")).unwrap();
        assert!(matches!(vault.put("session", Some(secret("new"))), Err(SecretError::Io(_))));
        assert_eq!(vault.get("session").unwrap(), Some(secret("old")));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        vault(dir.path()).create("correct horse").unwrap();
        let mode = fs::metadata(dir.path().join("vault")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
