/** A JSON field for each tensor: its own name where that is an ordinary one, else what can be made of it. */
export function fieldNames(tensors: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return tensors.map((name) => {
    const word = name.replaceAll(/\W+/g, "_").replace(/^(?=\d|$)/, "field_");
    // `instances` is how several inputs are sent at once; a few names every object has already.
    const plain = word === "instances" || word in {} ? `${word}_` : word;
    let field = plain;
    for (let n = 2; taken.has(field); n++) field = `${plain}_${n}`;
    taken.add(field);
    return field;
  });
}
