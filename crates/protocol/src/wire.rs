//! Message bytes: postcard behind the enums of this crate.

use serde::{Serialize, de::DeserializeOwned};

/// Bytes that are not a message of this version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a message of protocol version {version}: {cause}", version = crate::VERSION)]
pub struct WireError {
    cause: postcard::Error,
}

/// A message as bytes.
///
/// # Errors
/// Only when a sequence's length is unknown, which no message of this crate has.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, WireError> {
    postcard::to_allocvec(message).map_err(|cause| WireError { cause })
}

/// The message in `bytes`.
///
/// # Errors
/// When the bytes are cut short, carry an unknown variant, or do not end with the message.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireError> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        Ok(_) => Err(WireError { cause: postcard::Error::SerdeDeCustom }),
        Err(cause) => Err(WireError { cause }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FromWorker, GpuStatus, ToWorker};

    #[test]
    fn messages_survive_the_wire() {
        let message = FromWorker::Gpu(GpuStatus::Failed { reason: "lost".to_owned() });
        let bytes = encode(&message).expect("encodes");
        assert_eq!(decode::<FromWorker>(&bytes), Ok(message));
    }

    #[test]
    fn foreign_bytes_are_refused() {
        assert!(decode::<ToWorker>(&[]).is_err());
        assert!(decode::<ToWorker>(&[0xff; 8]).is_err());
        let mut long = encode(&ToWorker::Crash).expect("encodes");
        long.push(0);
        assert!(decode::<ToWorker>(&long).is_err(), "trailing bytes");
    }
}
