import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/chat.css";
import { mount } from "svelte";
import { copyBy } from "$lib/clipboard";
import { connect } from "$lib/ipc";
import AppView from "./app/App.svelte";
import { locale } from "$lib/texts.svelte";
import { App } from "./app/model.svelte";

// Most follow the system; whoever does not has chosen otherwise within the same few milliseconds.
const texts = locale.choose(null);
const core = await connect();
copyBy((text) => core.copyText(text));
const app = new App(core);
// Both answers come from this machine within milliseconds; asking at once, painting once.
const started = app.start();
const spoken = app.loadPreferences().catch(() => undefined);
const patience = new Promise((resolve) => setTimeout(resolve, 120));
await Promise.race([Promise.all([started, spoken]), patience]);
await texts;

// WebKit elsewhere than on Apple's systems is WebKitGTK.
if (/Linux.*AppleWebKit(?!.*Chrom)/.test(navigator.userAgent)) document.documentElement.dataset["engine"] = "webkitgtk";

const target = document.getElementById("app");
if (target) mount(AppView, { target, props: { app } });

// Two frames on, the first content is on screen.
requestAnimationFrame(() =>
  requestAnimationFrame(() => {
    document.documentElement.dataset["painted"] = "";
    performance.mark("painted");
  }),
);
for (const change of ["online", "offline"])
  addEventListener(change, () => core.networkChanged().catch(() => undefined));
