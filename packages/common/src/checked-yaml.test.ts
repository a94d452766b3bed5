import { describe, expect, test } from "bun:test";
import { Type } from "@sinclair/typebox";
import { checkedYaml } from "./checked-yaml.ts";

const schema = Type.Object(
  {
    size: Type.Optional(Type.Integer({ minimum: 1, maximum: 9, default: 3 })),
    name: Type.Optional(Type.String()),
    group: Type.Optional(
      Type.Object({ deep: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);

function read(text: string) {
  return checkedYaml({ file: "f.yaml", text, schema });
}

describe("YAML against a schema", () => {
  test("is its value; without a line, no keys", () => {
    expect(read("group: { deep: true }\nname: n")).toMatchObject({
      ok: true,
      value: { value: { name: "n", group: { deep: true } } },
    });
    expect(read("# nothing yet\n")).toMatchObject({ ok: true, value: { value: {} } });
  });

  test("names every problem in the order of the lines, whatever is wrong with them", () => {
    expect(read("nmae: x\nsize: 10\nother: 1\ngroup:\n  depe: 1\n  deep: maybe\n")).toEqual({
      ok: false,
      problems: [
        "f.yaml:1: nmae: unknown key; mend: did you mean name?",
        "f.yaml:2: size: expected a whole number from 1 to 9, got 10; mend: size: 3, for example",
        "f.yaml:3: other: unknown key; mend: use one of size, name, group",
        "f.yaml:5: group.depe: unknown key; mend: did you mean deep?",
        'f.yaml:6: group.deep: expected true or false, got "maybe"',
      ],
    });
  });

  test.each([
    ["- 1\n", "f.yaml:1: the file: expected keys and values, got a list of 1"],
    [
      ": : :\n",
      "f.yaml:1: Nested mappings are not allowed in compact mappings; mend: write it as YAML 1.2",
    ],
    ["size: 1\nsize: 2\n", "f.yaml:2: Map keys must be unique; mend: write it as YAML 1.2"],
    [
      "name: *nowhere\n",
      "f.yaml:1: the file: expected few and known aliases; mend: write the values out",
    ],
  ])("that is no YAML of keys and values says where: %j", (text, problem) => {
    expect(read(text)).toEqual({ ok: false, problems: [problem] });
  });

  test("says where a key stands, for what no schema can find", () => {
    const file = read("# first\ngroup:\n  deep: true\n");

    expect(file.ok && file.value.place("group", "deep")).toBe("f.yaml:3: group.deep");
  });
});
