# Sourced by tools/validate: synthetic ground of every site type against the laws that it states. A run of a minute: nothing to
# resume.
rm -rf "$out"
$perilune terrain --laws --seed "$first_seed" -o "$out"
