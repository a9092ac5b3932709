// Writes docs/screenshots anew.
import { runnerImport } from "vite";

const { module } = await runnerImport("./screens/pictures.ts");
await module.write();
