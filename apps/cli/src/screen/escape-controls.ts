// C0 and C1 controls (colours, cursor moves, the bell), and the marks that reverse the direction of text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not pass
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text that others chose may show nothing on the terminal but itself. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The same for a text of several lines. */
export function escapeText(text: string): string {
  return text.split("\n").map(escapeControls).join("\n");
}
