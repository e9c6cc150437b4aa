//! The files of the weights: which there are, and their digests as in `public/models/manifest.json`.

use super::{Cut, Storage};

/// A file below `public/models`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Its name.
    pub file: &'static str,
    /// Its length.
    pub bytes: usize,
    /// Its SHA-256 in hexadecimal.
    pub sha256: &'static str,
}

/// The files that a cut needs, in order. Those of a shorter cut are the first of a longer one's.
pub fn shards(storage: Storage, cut: Cut) -> &'static [Shard] {
    let (all, ends): (&[Shard], [usize; 4]) = match storage {
        Storage::Int8 => (&INT8, [1, 2, 3, 4]),
        Storage::Fp32 => (&FP32, [2, 6, 8, 11]),
    };
    &all[..ends[cut as usize]]
}

const fn shard(file: &'static str, bytes: usize, sha256: &'static str) -> Shard {
    Shard { file, bytes, sha256 }
}

const INT8: [Shard; 4] = [
    shard(
        "efficientnet-lite0/int8-d10-1.safetensors",
        681008,
        "4a9ad441e09f0cca1b72a0219d320582460c9986b5f6d1d4e3b297a62073807e",
    ),
    shard(
        "efficientnet-lite0/int8-b14-1.safetensors",
        1786280,
        "01e94449cc9a3cb07f3f7211245951e7b0c8b02dc65c7fbf5333f3f8155ea0a2",
    ),
    shard(
        "efficientnet-lite0/int8-full-1.safetensors",
        1042024,
        "90b2844fba822ccdc6755c7c8e0c9d3f27b5955aec9481269a74f48c91a1f08c",
    ),
    shard(
        "efficientnet-lite0/int8-classifier-1.safetensors",
        1288248,
        "b017cf65b33ae6b472c1f7082f8ba914c4c3f553ddbb194cad098a9a239328dc",
    ),
];

const FP32: [Shard; 11] = [
    shard(
        "efficientnet-lite0/fp32-d10-1.safetensors",
        2407408,
        "10b06b8eb1b065966a101421fe4ef5f4075e37971779a5cd91fc6735ca5ab9f5",
    ),
    shard(
        "efficientnet-lite0/fp32-d10-2.safetensors",
        67296,
        "6e2e69380e7db74cfcdc32a9727b720208e08e7009f3977b4b8257c35f14a218",
    ),
    shard(
        "efficientnet-lite0/fp32-b14-1.safetensors",
        2203072,
        "c70d106bda642061cf803afdc87950486667ea6865d66eb49ea848f6c4947ac4",
    ),
    shard(
        "efficientnet-lite0/fp32-b14-2.safetensors",
        1895200,
        "5e15adc53824dd65f0b13bb3a4605c9032f0fcce2558da4c8b8e50e89560b19a",
    ),
    shard(
        "efficientnet-lite0/fp32-b14-3.safetensors",
        1895200,
        "855cab851cf6ba82744bbcab10d4616780d66c2e34bedcb811c00d175df50e45",
    ),
    shard(
        "efficientnet-lite0/fp32-b14-4.safetensors",
        884832,
        "33c686820872a4447a4cc54c8024baa9bd027aecfb06bfaa4997e67325f6e018",
    ),
    shard(
        "efficientnet-lite0/fp32-full-1.safetensors",
        2416992,
        "b58fe46d0877d9a7c8fb68c95c6a03742c016b3c8a80ba42d3c8f854cfe984ca",
    ),
    shard(
        "efficientnet-lite0/fp32-full-2.safetensors",
        1638488,
        "10d8a03a8055aff53108a11cd94d5165e95a79054fc769330bd264591373c6d7",
    ),
    shard(
        "efficientnet-lite0/fp32-classifier-1.safetensors",
        1712176,
        "dbd121f82cd72e5dc7d4df6fdd867ebc8d0604dd291a08cc20e4476ea5fc0778",
    ),
    shard(
        "efficientnet-lite0/fp32-classifier-2.safetensors",
        1708096,
        "d8f7d70bb761e5323eabc43fcab788b744c824fafaea29b6028479c6a01393ca",
    ),
    shard(
        "efficientnet-lite0/fp32-classifier-3.safetensors",
        1704096,
        "3bf0b1fd0e53c097486816ea51775033f54df9d63a646fa3aaf305ef63524372",
    ),
];
