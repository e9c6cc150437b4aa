#!/bin/sh
# Fills the corpora with the fixtures, each after two bytes that say how to cut it (for csv, after two more
# with the options).
set -eu
cd "$(dirname "$0")"
fixtures=../crates/tensor-files/tests/fixtures
seed() { # target, file
    mkdir -p "corpus/$1"
    if [ "$1" = csv ]; then head='\000\000\003\021'; else head='\003\021'; fi
    printf "$head" | cat - "$2" > "corpus/$1/seed-$(basename "$2")"
}
cases=../crates/tensor-files/tests/cases
for f in "$fixtures"/*.npy "$cases"/*.npy; do seed npy "$f"; done
for f in "$fixtures"/*.safetensors "$cases"/*.safetensors; do seed safetensors "$f"; done
for f in "$fixtures"/*.gguf "$cases"/*.gguf; do seed gguf "$f"; done
for f in "$fixtures"/*.csv "$fixtures"/*.tsv "$fixtures"/*.txt "$cases"/*.csv "$cases"/*.txt; do seed csv "$f"; done
mkdir -p corpus/number
i=0
for text in 0.1 -0 1e999 0x1.8p-3 0xff 0b101 1/3 2^-24 '3*2^5' inf nan pi π ∞ '−1.5' '１．５' 1_000 1,5 1e-1000000; do
    i=$((i + 1)); printf '%s' "$text" > "corpus/number/seed-$i"
done
