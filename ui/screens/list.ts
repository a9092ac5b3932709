// Every screen: a name, the query that leads there, and what is to be done then.
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { settled } from "./settled";

export const at = (id: string) => `[data-testid=${id}]`;
const server = async (page: Page) => {
  await page.fill(at("server-address"), "chat.example.org");
  await page.click(at("submit"));
  await page.waitForSelector(at("username"));
};
const newChat = async (page: Page) => {
  if (await page.locator(at("back")).isVisible()) await page.click(at("back"));
  await page.click(at("new-chat"));
  await page.waitForSelector(at("person-result"));
};
const menu = async (page: Page) => {
  if (await page.locator(at("back")).isVisible()) await page.click(at("back"));
  await page.click(at("account-menu"));
  await page.waitForSelector(at("sign-out"));
};

/** The details of the open room, and parts of them opened. */
const details =
  (...parts: string[]) =>
  async (page: Page) => {
    await page.click(at("room-info"));
    await page.waitForSelector(at("info-title"));
    for (const part of parts) await page.click(at(part));
  };

/** The details of the open room, which do not come. */
const noDetails = async (page: Page) => {
  await page.click(at("room-info"));
  await page.waitForSelector(at("room-panel"));
};

const message = (key: string) => `${at("message")}[data-key=${key}]`;

/** Chooses from the menu of a message. */
const ask = async (page: Page, item: string, shows: string) => {
  await page.click(message("m94"), { button: "right" });
  await page.click(at(item));
  await page.waitForSelector(at(shows));
};

const typed = async (page: Page, text: string, shows: string) => {
  await page.click(at("composer"));
  await page.keyboard.type(text);
  await page.waitForSelector(at(shows));
};

/** Looks for messages in all chats, by key. */
const find = (text: string, shows: string) => async (page: Page) => {
  await page.keyboard.press("Control+Shift+F");
  await page.fill(at("search-field"), text);
  await page.waitForSelector(at(shows));
};

export const screens: [name: string, query: string, act?: (page: Page) => Promise<void>][] = [
  ["a direct chat", "state=unread,failed"],
  ["a room", "room=1&state=offline"],
  ["a refused change of a message", "state=change-refused"],
  ["formatted messages", "state=markup"],
  ["formatted messages in a room", "room=1&state=markup"],
  ["hostile messages", "room=1&state=hostile"],
  ["hostile messages in bubbles", "state=hostile"],
  ["a long name", "room=5&state=working-offline"],
  ["an empty room", "room=8"],
  ["the list alone", "state=no-room,unreachable"],
  ["an empty list", "state=empty"],
  ["archived chats", "state=archived,no-room", (page) => page.click(at("archive-open"))],
  ["a list of archived chats alone", "state=all-archived,no-room"],
  ["a start that takes long", "state=loading"],
  ["a start that failed", "state=broken"],
  ["a room that takes long", "state=slow-room,no-room", (page) => page.click(at("room-item"))],
  ["a room that failed", "state=broken-room,no-room", (page) => page.click(at("room-item"))],
  [
    "a refusal",
    "state=failed,refused",
    async (page) => {
      await page.click(at("retry-message"));
      await page.waitForSelector(at("notice"));
    },
  ],
  ["the actions of a message", "room=1", (page) => page.hover(message("m97"))],
  ["the actions beside a bubble", "", (page) => page.hover(message("m96"))],
  [
    "the menu of a message",
    "",
    async (page) => {
      await page.click(message("m96"), { button: "right" });
      await page.waitForSelector(at("message-menu"));
    },
  ],
  [
    "reacting",
    "room=1",
    async (page) => {
      await page.hover(message("m97"));
      await page.click(at("action-react"));
      await page.waitForSelector(at("quick-reaction"));
    },
  ],
  [
    "all emoji",
    "room=3",
    async (page) => {
      await page.click(at("emoji-button"));
      await page.waitForSelector(at("emoji"));
      // Of two thousand alike, a few are looked at.
      await page.fill(at("emoji-search"), "ha");
      await page.click(at("emoji-tone"));
    },
  ],
  [
    "forwarding",
    "",
    async (page) => {
      await page.click(message("m97"), { button: "right" });
      await page.click(at("menu-forward"));
      await page.waitForSelector(at("forward-room"));
    },
  ],
  [
    "a message that a quote led to",
    "room=1&state=away",
    async (page) => {
      await page.click(`${message("m94")} ${at("quote")}`);
      await page.waitForSelector(`${message("m8")}:focus`);
    },
  ],
  [
    "older pages that come at once",
    "state=short",
    async (page) => {
      await settled(page);
      const above = await page
        .locator(at("timeline"))
        .evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight);
      expect(above).toBeLessThan(2);
    },
  ],
  ["a jump that takes long", "state=away,slow-jump", (page) => page.click(`${message("m94")} ${at("quote")}`)],
  [
    "another day",
    "",
    async (page) => {
      await page.keyboard.press("Shift+Tab");
      await page.waitForSelector(`${at("message")}:focus`);
      await page.keyboard.press("j");
      await page.waitForSelector(at("jump-date"));
    },
  ],
  ["pins", "room=1&state=pins"],
  [
    "all pins",
    "state=pins,broken-pins",
    async (page) => {
      await page.click(at("pinned-all"));
      await page.waitForSelector(at("pinned-message"));
    },
  ],
  ["earlier versions", "room=1", (page) => ask(page, "menu-history", "versions")],
  ["earlier versions without a connection", "room=1&state=offline", (page) => ask(page, "menu-history", "retry-load")],
  ["who has read", "room=1", (page) => ask(page, "menu-read-by", "reader")],
  ["who has read, on its way", "room=1&state=slow-answers", (page) => ask(page, "menu-read-by", "skeleton")],
  ["nobody has read", "room=1&state=unshared", (page) => ask(page, "menu-read-by", "no-readers")],
  ["unread from here", "", (page) => ask(page, "menu-mark-unread", "unread-line")],
  ["naming a person", "room=1", (page) => typed(page, "hi @", "suggestion")],
  ["naming a chat", "room=1", (page) => typed(page, "see #s", "suggestion")],
  ["naming an emoji", "", (page) => typed(page, "ok :plan", "suggestion")],
  [
    "formatting what is selected",
    "",
    async (page) => {
      await page.fill(at("composer"), "See you");
      await page.keyboard.press("Shift+Home");
      await page.waitForSelector(at("format-bar"));
    },
  ],
  [
    "something to take back beside what was done",
    "",
    async (page) => {
      await page.click(message("m97"), { button: "right" });
      await page.click(at("menu-pin"));
      await page.waitForSelector(at("notice"));
      await page.click(message("m96"), { button: "right" });
      await page.click(at("menu-delete"));
      await page.waitForSelector(at("undo"));
    },
  ],
  [
    "the card of a person",
    "room=1",
    async (page) => {
      await page.locator(at("sender")).last().click();
      await page.waitForSelector(at("card-name"));
    },
  ],
  [
    "the card of a person who is mentioned",
    "room=1&state=markup",
    async (page) => {
      await page
        .locator(`${at("mention")}[role=button]`)
        .last()
        .click();
      await page.waitForSelector(at("card-name"));
    },
  ],
  ["several who type", "room=6"],
  [
    "an answer",
    "room=1",
    async (page) => {
      await page.keyboard.press("Shift+Tab");
      await page.waitForSelector(`${at("message")}:focus`);
      await page.keyboard.press("r");
      await page.waitForSelector(at("composer-reply"));
    },
  ],
  [
    "a change of a message",
    "room=3",
    async (page) => {
      await page.keyboard.press("ArrowUp");
      await page.waitForSelector(at("composer-edit"));
    },
  ],
  [
    "deleting a message",
    "",
    async (page) => {
      await page.click(message("m96"), { button: "right" });
      await page.click(at("menu-delete"));
      await page.waitForSelector(at("undo"));
    },
  ],
  [
    "a change that leaves nothing",
    "room=3",
    async (page) => {
      await page.keyboard.press("ArrowUp");
      await page.waitForSelector(at("composer-edit"));
      await page.fill(at("composer"), "");
      await page.keyboard.press("Enter");
      await page.waitForSelector(at("confirm-delete"));
    },
  ],
  ["the details of a group", "room=1&state=invited,banned", details("invites", "create-invite", "bans")],
  ["the details of a community", "room=6", details("show-all")],
  ["the details of a person", "", details("my-room")],
  ["details without a connection", "room=1&state=offline", details("invites", "bans")],
  ["details that take long", "room=1&state=slow-info", noDetails],
  ["details that failed", "room=1&state=broken-info", noDetails],
  [
    "the menu of a person",
    "room=1",
    async (page) => {
      await details()(page);
      await page.click(`${at("participant")}[data-username=luz]`);
      await page.waitForSelector(at("person-menu"));
    },
  ],
  [
    "banning a person",
    "room=1",
    async (page) => {
      await details()(page);
      await page.click(`${at("participant")}[data-username=luz]`);
      await page.click(at("person-ban"));
      await page.waitForSelector(at("confirm-yes"));
    },
  ],
  [
    "editing a room",
    "room=1",
    async (page) => {
      await details("edit-room")(page);
      await page.fill(at("edit-name"), "");
      await page.click(at("save-room"));
    },
  ],
  [
    "adding people",
    "room=1",
    async (page) => {
      await details("add-people")(page);
      await page.click(at("person-result"));
      await page.waitForSelector(at("chip"));
    },
  ],
  [
    "leaving an own room",
    "room=1",
    async (page) => {
      await details("info-leave")(page);
      await page.waitForSelector(at("leave-heir"));
    },
  ],
  [
    "chosen colours",
    "",
    async (page) => {
      await details("my-room")(page);
      await page
        .locator(`${at("my-bubble")} label`)
        .nth(3)
        .click();
      await page
        .locator(`${at("my-background")} label`)
        .nth(7)
        .click();
      await page.click(at("close-panel"));
    },
  ],
  ["the account menu", "", menu],
  [
    "one's status",
    "",
    async (page) => {
      await menu(page);
      await page.click(at("set-status"));
      await page.click(at("status-emoji"));
      await page.waitForSelector(at("emoji"));
      await page.fill(at("emoji-search"), "ha");
      await page.locator(at("emoji")).first().click();
    },
  ],
  [
    "one's profile",
    "",
    async (page) => {
      await menu(page);
      await page.click(at("edit-profile"));
      await page.fill(at("profile-name"), "");
      await page.click(at("profile-save"));
    },
  ],
  [
    "privacy",
    "state=blocking",
    async (page) => {
      await menu(page);
      await page.click(at("privacy"));
      await page.waitForSelector(at("blocked"));
    },
  ],
  [
    "privacy without a connection",
    "state=offline",
    async (page) => {
      await menu(page);
      await page.click(at("privacy"));
      await page.waitForSelector(at("retry-privacy"));
    },
  ],
  [
    "signing out",
    "state=unsent",
    async (page) => {
      await menu(page);
      await page.click(at("sign-out"));
      await page.waitForSelector(at("unsent-warning"));
    },
  ],
  ["a new chat", "", newChat],
  [
    "a new group",
    "",
    async (page) => {
      await newChat(page);
      await page.click(at("new-group"));
      await page.click(`${at("person-result")}[data-username=marta]`);
      await page.waitForSelector(at("chip"));
    },
  ],
  [
    "communities to join",
    "",
    async (page) => {
      await newChat(page);
      await page.click(at("join-community"));
      await page.waitForSelector(at("directory-result"));
    },
  ],
  [
    "a wrong invite link",
    "",
    async (page) => {
      await newChat(page);
      await page.click(at("use-link"));
      await page.fill(at("invite-link"), "https://example.org");
      await page.click(at("follow-link"));
    },
  ],
  [
    "an invite that is over",
    "invite=expired",
    async (page) => {
      await page.click(at("confirm-join"));
      await page.waitForSelector(at("join-error"));
    },
  ],
  [
    "an invite to another server",
    "invite=3f9c&state=elsewhere",
    async (page) => {
      await page.waitForSelector(at("cancel-join"));
    },
  ],
  ["a search", "", find("", "search-filter")],
  ["what was found", "room=1", find("the blue", "search-hit")],
  ["what was found here, with the server asked", "state=slow-search", find("the", "search-asking")],
  ["what was found without a connection", "state=offline,no-room", find("the", "search-offline")],
  ["nothing found", "", find("zebra", "search-none")],
  ["a filter that is begun", "", find("sunday on:", "search-value")],
  ["a filter that cannot be read", "", find("has:sound", "field-error")],
  ["a person that a search is for", "", find("sunday from:l", "suggestion")],
  ["a chat that is searched in", "room=1", find("in:s", "suggestion")],
  ["a search that failed", "state=broken-search", find("the", "retry-search")],
  [
    "what was found in one chat, and where it led",
    "room=1",
    async (page) => {
      await page.click(at("search-room"));
      await page.fill(at("search-field"), "sunday");
      await page.locator(at("search-hit")).nth(3).click();
      await page.waitForSelector(`${at("message")}:focus`);
    },
  ],
  ["the way in", "state=signed-out"],
  ["signing in", "state=signed-out", server],
  [
    "an account without its fields",
    "state=signed-out&registration=invite",
    async (page) => {
      await server(page);
      await page.click(at("mode-create"));
      await page.click(at("submit"));
    },
  ],
  ["the first account", "state=signed-out,new-server", server],
  ["a locked keyring", "lock=keyring_locked"],
  ["a new passphrase", "lock=needs_new_passphrase"],
  ["a passphrase", "lock=needs_passphrase"],
  ["an unreadable cache", "lock=cache_unreadable"],
];
