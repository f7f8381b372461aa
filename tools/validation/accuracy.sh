# Sourced by tools/validate: fixes of single images over SEEDS worlds of 24 images (docs/accuracy.md). Resumable. 125 worlds are
# 3000 images and more than 6000 fixes.
$perilune accuracy -n "$count" --first-seed "$first_seed" -o "$out"
