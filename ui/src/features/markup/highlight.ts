export interface Piece {
  text: string;
  type: string | null;
}

/** What people write behind the fence, and what the library calls it. */
const names: Record<string, string> = {
  sh: "bash",
  shell: "bash",
  zsh: "bash",
  console: "bash",
  "c++": "c",
  cpp: "c",
  h: "c",
  dockerfile: "docker",
  svg: "xml",
  svelte: "html",
  vue: "html",
  javascript: "js",
  jsx: "js",
  mjs: "js",
  kotlin: "java",
  makefile: "make",
  markdown: "md",
  perl: "pl",
  python: "py",
  rust: "rs",
  typescript: "ts",
  tsx: "ts",
  yml: "yaml",
};
const known = new Set(
  "bash c css diff docker go html http ini java js json lua make md pl py rs sql toml ts xml yaml".split(" "),
);
/** Longer ones are read, not admired. */
const MOST = 20_000;

/** A code cut into pieces by what they are; null where the language is not known. Loaded when there is code to show. */
export async function colours(text: string, language: string): Promise<Piece[] | null> {
  const asked = language.toLowerCase();
  const name = names[asked] ?? asked;
  if (!known.has(name) || text.length > MOST) return null;
  try {
    const { tokenize } = await import("@speed-highlight/core");
    const pieces: Piece[] = [];
    await tokenize(text, name, (part, type) => {
      if (part) pieces.push({ text: part, type: type ?? null });
    });
    return pieces.map((piece) => piece.text).join("") === text ? pieces : null;
  } catch {
    return null;
  }
}
