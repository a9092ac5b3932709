import CalendarDays from "@lucide/svelte/icons/calendar-days";
import CheckCheck from "@lucide/svelte/icons/check-check";
import BellOff from "@lucide/svelte/icons/bell-off";
import Bell from "@lucide/svelte/icons/bell";
import CircleDot from "@lucide/svelte/icons/circle-dot";
import Languages from "@lucide/svelte/icons/languages";
import CircleUser from "@lucide/svelte/icons/circle-user";
import Info from "@lucide/svelte/icons/info";
import Lock from "@lucide/svelte/icons/lock";
import LogOut from "@lucide/svelte/icons/log-out";
import Search from "@lucide/svelte/icons/search";
import Smile from "@lucide/svelte/icons/smile";
import SquarePen from "@lucide/svelte/icons/square-pen";
import TextSearch from "@lucide/svelte/icons/text-search";
import Wifi from "@lucide/svelte/icons/wifi";
import WifiOff from "@lucide/svelte/icons/wifi-off";
import type { Component } from "svelte";
import { locale, m } from "$lib/texts.svelte";
import type { Act } from "../features/switcher/rank";
import type { AskedDialog } from "./Dialogs.svelte";
import type { App } from "./model.svelte";

/** What one may ask for from anywhere. */
export type Asked = AskedDialog | "details" | "search" | "search-room";

/** All that can be done from anywhere, as things stand. */
export function acts(app: App, open: (what: Asked) => void): Act[] {
  const list: Act[] = [];
  const add = (key: string, title: string, icon: Component, run: () => void) =>
    list.push({ key: `act:${key}`, title, icon, run });
  add("new-chat", m.new_chat(), SquarePen, () => open("new-chat"));
  add("search", m.search_open(), Search, () => open("search"));
  if (app.room) add("search-room", m.search_room(), TextSearch, () => open("search-room"));
  if (app.nextUnread(1)) add("next-unread", m.act_next_unread(), CircleDot, () => app.stepUnread(1));
  if (app.rooms.some((room) => room.unread > 0))
    add("all-read", m.act_all_read(), CheckCheck, () => void app.markAllRead());
  const { timeline } = app;
  if (timeline?.items.length) add("to-date", m.date_jump(), CalendarDays, () => (timeline.dating = true));
  if (app.room) add("details", m.info_button(), Info, () => open("details"));
  add("status", m.account_status(), Smile, () => open("status"));
  if (app.presence === "dnd") add("online", m.status_online(), Bell, () => void app.setPresence("online"));
  else add("dnd", m.status_dnd(), BellOff, () => void app.setPresence("dnd"));
  add("profile", m.account_profile(), CircleUser, () => open("profile"));
  add("privacy", m.account_privacy(), Lock, () => open("privacy"));
  if (app.connection.state === "working_offline")
    add("go-online", m.act_go_online(), Wifi, () => void app.setWorkOffline(false));
  else add("work-offline", m.account_work_offline(), WifiOff, () => void app.setWorkOffline(true));
  const languages = [
    ["en", "English"],
    ["es", "Español"],
  ] as const;
  for (const [language, name] of languages)
    if (locale.current !== language)
      add(`language-${language}`, m.act_language({ name }), Languages, () => void app.choose(language));
  if (locale.chosen !== null)
    add(
      "language-system",
      m.act_language({ name: m.account_language_system() }),
      Languages,
      () => void app.choose(null),
    );
  add("sign-out", m.account_sign_out(), LogOut, () => open("sign-out"));
  return list;
}
