# Sourced by tools/validate: the scenarios demo and hadley over seeds. A failed seed is told and left out; the tables of the
# others are made all the same.
status=0
for scenario in demo hadley; do
  echo "== $scenario: $count seeds from $first_seed" >&2
  code=0
  $perilune campaign "$scenario" -n "$count" --first-seed "$first_seed" "${settings[@]}" -o "$out/$scenario" >/dev/null || code=$?
  ((code <= 1)) || exit $code
  ((code == 0)) || status=1
done

tables=$out/tables.md
{
  echo "Made by \`tools/validate $name -n $count --first-seed $first_seed${settings[*]:+ ${settings[*]}}\`."
  for scenario in demo hadley; do
    echo
    [[ ! -f $out/$scenario/table.md ]] || cat "$out/$scenario/table.md"
  done
} >"$tables.part"
mv "$tables.part" "$tables"
cat "$tables"
echo "Written: $tables" >&2
exit $status
