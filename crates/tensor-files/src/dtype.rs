//! Types of elements, by the names their formats give them, and how many bytes they take.
//!
//! A type's block is the smallest unit that can be read alone: one element for plain numbers,
//! 32 or 256 for the GGUF quantised types, a few for elements narrower than a byte.
//!
//! Sources: the NumPy array interface (`descr`) and NumPy's names of types, the safetensors 0.8 `Dtype` list, and the
//! GGUF type numbers with their block sizes as of the `gguf` 0.19 package.

use std::fmt;

use crate::packed::Packed;

/// The byte order of a tensor's elements. Only `.npy` files can be big-endian here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ByteOrder {
    /// Least significant byte first.
    #[default]
    Little,
    /// Most significant byte first.
    Big,
}

/// The smallest unit of a tensor that can be read alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Elements in a block, at least 1.
    pub elements: u32,
    /// Bytes in a block, at least 1.
    pub bytes: u32,
}

/// Who turns a type's bytes into numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// This crate, exactly.
    Native,
    /// The caller's [`BlockDecoder`](crate::BlockDecoder).
    Decoder,
    /// Nobody: the type is listed only.
    None,
}

/// A type of element.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the formats")]
pub enum Dtype {
    F64,
    F32,
    F16,
    Bf16,
    F8E4m3,
    F8E5m2,
    F8E4m3Fnuz,
    F8E5m2Fnuz,
    F8E8m0,
    /// E2M1, two to a byte, the first in the low half, as PyTorch's `float4_e2m1fn_x2` has them.
    F4,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
    Q8_0,
    Q4_0,
    Q4K,
    /// A GGUF block type that only this crate reads.
    Packed(Packed),
    /// A type whose size is known and whose values are not read here.
    Listed {
        name: &'static str,
        block: Block,
    },
    /// A type of which nothing is known but what the file calls it.
    Unknown(String),
}

impl Dtype {
    /// Every type that a [`BlockDecoder`](crate::BlockDecoder) must know.
    pub const DECODED: [Self; 9] = [
        Self::F8E4m3,
        Self::F8E5m2,
        Self::F8E4m3Fnuz,
        Self::F8E5m2Fnuz,
        Self::F8E8m0,
        Self::F4,
        Self::Q8_0,
        Self::Q4_0,
        Self::Q4K,
    ];

    /// The type's block, or `None` when its size is not known.
    pub const fn block(&self) -> Option<Block> {
        let (elements, bytes) = match self {
            Self::F64 | Self::I64 | Self::U64 => (1, 8),
            Self::F32 | Self::I32 | Self::U32 => (1, 4),
            Self::F16 | Self::Bf16 | Self::I16 | Self::U16 => (1, 2),
            Self::F8E4m3
            | Self::F8E5m2
            | Self::F8E4m3Fnuz
            | Self::F8E5m2Fnuz
            | Self::F8E8m0
            | Self::I8
            | Self::U8
            | Self::Bool => (1, 1),
            Self::F4 => (2, 1),
            Self::Packed(packed) => return Some(packed.block()),
            Self::Q8_0 => (32, 34),
            Self::Q4_0 => (32, 18),
            Self::Q4K => (256, 144),
            Self::Listed { block, .. } => return Some(*block),
            Self::Unknown(_) => return None,
        };
        Some(Block { elements, bytes })
    }

    /// Who reads the type.
    pub const fn reading(&self) -> Reading {
        match self {
            Self::F8E4m3 | Self::F8E5m2 | Self::F8E4m3Fnuz | Self::F8E5m2Fnuz | Self::F8E8m0 | Self::F4 => {
                Reading::Decoder
            }
            Self::Q8_0 | Self::Q4_0 | Self::Q4K => Reading::Decoder,
            Self::Listed { .. } | Self::Unknown(_) => Reading::None,
            _ => Reading::Native,
        }
    }

    /// Whether elements are handed over as `f64`. The others fit `f32` exactly.
    pub const fn is_wide(&self) -> bool {
        matches!(self, Self::F64 | Self::I64 | Self::U64 | Self::I32 | Self::U32)
    }

    /// The name shown to people: safetensors' for plain types, GGUF's for quantised ones.
    pub fn name(&self) -> &str {
        match self {
            Self::F64 => "F64",
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::F8E4m3 => "F8_E4M3",
            Self::F8E5m2 => "F8_E5M2",
            Self::F8E4m3Fnuz => "F8_E4M3FNUZ",
            Self::F8E5m2Fnuz => "F8_E5M2FNUZ",
            Self::F8E8m0 => "F8_E8M0",
            Self::I64 => "I64",
            Self::I32 => "I32",
            Self::I16 => "I16",
            Self::I8 => "I8",
            Self::U64 => "U64",
            Self::U32 => "U32",
            Self::U16 => "U16",
            Self::U8 => "U8",
            Self::Bool => "BOOL",
            Self::Q8_0 => "Q8_0",
            Self::Q4_0 => "Q4_0",
            Self::Q4K => "Q4_K",
            Self::F4 => "F4",
            Self::Packed(packed) => packed.name(),
            Self::Listed { name, .. } => name,
            Self::Unknown(name) => name,
        }
    }

    /// The unsigned integer that holds codes of `bits` bits: how a result in a format without a name
    /// in the file's own list is stored.
    pub const fn for_codes(bits: u8) -> Self {
        match bits {
            0..=8 => Self::U8,
            9..=16 => Self::U16,
            17..=32 => Self::U32,
            _ => Self::U64,
        }
    }

    /// The type of a NumPy kind letter and item size, such as `f` and 4.
    pub(crate) fn from_npy(kind: u8, item_bytes: u64, descr: &str) -> Self {
        match (kind, item_bytes) {
            (b'f', 8) => Self::F64,
            (b'f', 4) => Self::F32,
            (b'f', 2) => Self::F16,
            (b'i', 8) => Self::I64,
            (b'i', 4) => Self::I32,
            (b'i', 2) => Self::I16,
            (b'i', 1) => Self::I8,
            (b'u', 8) => Self::U64,
            (b'u', 4) => Self::U32,
            (b'u', 2) => Self::U16,
            (b'u', 1) => Self::U8,
            (b'b', 1) => Self::Bool,
            (b'f', 16) => listed("longdouble", 1, 16),
            (b'f', 12) => listed("longdouble", 1, 12),
            (b'c', 8) => listed("complex64", 1, 8),
            (b'c', 16) => listed("complex128", 1, 16),
            _ => Self::Unknown(descr.to_owned()),
        }
    }

    /// The type that NumPy calls by a word or by one letter, in the machine's own byte order. `l` and `L` are C's `long`,
    /// whose size is the machine's own, and stay unknown.
    pub(crate) fn from_numpy_name(name: &str) -> Option<Self> {
        Some(match name {
            "float64" | "double" | "d" | "float" => Self::F64,
            "float32" | "single" | "f" => Self::F32,
            "float16" | "half" | "e" => Self::F16,
            "int64" | "q" => Self::I64,
            "int32" | "intc" | "i" => Self::I32,
            "int16" | "short" | "h" => Self::I16,
            "int8" | "byte" | "b" => Self::I8,
            "uint64" | "Q" => Self::U64,
            "uint32" | "uintc" | "I" => Self::U32,
            "uint16" | "ushort" | "H" => Self::U16,
            "uint8" | "ubyte" | "B" => Self::U8,
            "bool" | "bool_" | "?" => Self::Bool,
            "complex64" | "F" => listed("complex64", 1, 8),
            "complex128" | "D" => listed("complex128", 1, 16),
            _ => return None,
        })
    }

    /// The little-endian NumPy `descr`, or `None` where NumPy has no such type.
    pub(crate) const fn npy_descr(&self) -> Option<&'static str> {
        Some(match self {
            Self::F64 => "<f8",
            Self::F32 => "<f4",
            Self::F16 => "<f2",
            Self::I64 => "<i8",
            Self::I32 => "<i4",
            Self::I16 => "<i2",
            Self::I8 => "|i1",
            Self::U64 => "<u8",
            Self::U32 => "<u4",
            Self::U16 => "<u2",
            Self::U8 => "|u1",
            Self::Bool => "|b1",
            _ => return None,
        })
    }

    /// The type of a safetensors name.
    pub(crate) fn from_safetensors(name: &str) -> Self {
        match name {
            "F64" => Self::F64,
            "F32" => Self::F32,
            "F16" => Self::F16,
            "BF16" => Self::Bf16,
            "F8_E4M3" => Self::F8E4m3,
            "F8_E5M2" => Self::F8E5m2,
            "F8_E4M3FNUZ" => Self::F8E4m3Fnuz,
            "F8_E5M2FNUZ" => Self::F8E5m2Fnuz,
            "F8_E8M0" => Self::F8E8m0,
            "I64" => Self::I64,
            "I32" => Self::I32,
            "I16" => Self::I16,
            "I8" => Self::I8,
            "U64" => Self::U64,
            "U32" => Self::U32,
            "U16" => Self::U16,
            "U8" => Self::U8,
            "BOOL" => Self::Bool,
            "F4" => Self::F4,
            // Six bits: the list names them without saying which end comes first, and nobody writes them yet.
            "F6_E2M3" => listed("F6_E2M3", 4, 3),
            "F6_E3M2" => listed("F6_E3M2", 4, 3),
            "C64" => listed("C64", 1, 8),
            _ => Self::Unknown(name.to_owned()),
        }
    }

    /// The safetensors name, or `None` where it has no such type.
    pub(crate) fn safetensors_name(&self) -> Option<&str> {
        match self {
            Self::Q8_0
            | Self::Q4_0
            | Self::Q4K
            | Self::Packed(_)
            | Self::Listed { .. }
            | Self::Unknown(_) => None,
            plain => Some(plain.name()),
        }
    }

    /// The type of a GGUF type number.
    pub(crate) fn from_gguf(number: u32) -> Self {
        match number {
            0 => Self::F32,
            1 => Self::F16,
            2 => Self::Q4_0,
            3 => Self::Packed(Packed::Q4_1),
            6 => Self::Packed(Packed::Q5_0),
            7 => Self::Packed(Packed::Q5_1),
            8 => Self::Q8_0,
            9 => listed("Q8_1", 32, 40),
            10 => Self::Packed(Packed::Q2K),
            11 => Self::Packed(Packed::Q3K),
            12 => Self::Q4K,
            13 => Self::Packed(Packed::Q5K),
            14 => Self::Packed(Packed::Q6K),
            15 => listed("Q8_K", 256, 292),
            16 => listed("IQ2_XXS", 256, 66),
            17 => listed("IQ2_XS", 256, 74),
            18 => listed("IQ3_XXS", 256, 98),
            19 => listed("IQ1_S", 256, 50),
            20 => Self::Packed(Packed::Iq4Nl),
            21 => listed("IQ3_S", 256, 110),
            22 => listed("IQ2_S", 256, 82),
            23 => Self::Packed(Packed::Iq4Xs),
            24 => Self::I8,
            25 => Self::I16,
            26 => Self::I32,
            27 => Self::I64,
            28 => Self::F64,
            29 => listed("IQ1_M", 256, 56),
            30 => Self::Bf16,
            34 => Self::Packed(Packed::Tq1_0),
            35 => Self::Packed(Packed::Tq2_0),
            39 => Self::Packed(Packed::Mxfp4),
            40 => Self::Packed(Packed::Nvfp4),
            41 => listed("Q1_0", 128, 18),
            other => Self::Unknown(format!("GGUF type {other}")),
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const fn listed(name: &'static str, elements: u32, bytes: u32) -> Dtype {
    Dtype::Listed { name, block: Block { elements, bytes } }
}
