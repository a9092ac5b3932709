import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { people } from "$lib/ipc/fake/conversation";
import { failure } from "$lib/ipc/fake/failure";
import type { SearchHit, SearchPage } from "$lib/ipc/generated";
import { join } from "./pages";
import { COMPLAINT_MS, Search, SERVER_MS } from "./search.svelte";

const hit = (message: string, minute: number): SearchHit => ({
  message,
  room: "r",
  room_title: "Room",
  seq: minute,
  sender: people.luz,
  is_own: false,
  at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
  message_type: "text",
  is_pinned: false,
  snippet: message,
  highlights: [],
});
const page = (hits: SearchHit[], more: Partial<SearchPage> = {}): SearchPage => ({
  hits,
  next: null,
  is_complete: false,
  is_offline: false,
  ...more,
});
const ids = (hits: readonly SearchHit[]) => hits.map((hit) => hit.message).join("");

/** Answers when it is told to. */
function core() {
  const answers: {
    query: string;
    cursor: string | null;
    give: (page: SearchPage) => void;
    refuse: (why: unknown) => void;
  }[] = [];
  const ask = () =>
    vi.fn(
      (query: string, _room: string | null, cursor: string | null) =>
        new Promise<SearchPage>((give, refuse) => answers.push({ query, cursor, give, refuse })),
    );
  return { answers, searchMessages: ask(), searchServer: ask() };
}

const settle = () => vi.advanceTimersByTimeAsync(0);
let offline = false;

function start() {
  const played = core();
  const search = new Search(played, null, () => offline);
  const last = () => {
    const answer = played.answers.at(-1);
    if (!answer) throw new Error("nothing was asked");
    return answer;
  };
  const give = async (answer: SearchPage) => {
    last().give(answer);
    await settle();
  };
  return { ...played, search, last, give };
}

beforeEach(() => {
  offline = false;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe("a page in its place", () => {
  const held = [hit("e", 50), hit("c", 30), hit("a", 10)];

  test("each message comes once, in the server's order, with what is older behind it", () => {
    const told = page([hit("e", 50), hit("d", 40), hit("c", 30)], { next: "c" });
    expect(ids(join([], told, held))).toBe("edca");
  });

  test("what the server no longer has within its page goes, and beyond the last page all does", () => {
    const told = page([hit("d", 40), hit("c", 30)], { next: "c" });
    expect(ids(join([], told, held))).toBe("dca");
    expect(ids(join([], page([hit("d", 40)]), held))).toBe("d");
  });

  test("of the same moment none is lost, and a page that repeats one adds it once", () => {
    const told = page([hit("d", 40), hit("c", 30)], { next: "c" });
    expect(ids(join([hit("d", 40)], told, [hit("x", 30), hit("a", 10)]))).toBe("dcxa");
  });
});

test("the latest letter wins, whatever answer comes last", async () => {
  const { search, answers } = start();
  search.write("b");
  search.write("bo");
  answers[1]?.give(page([hit("new", 2)], { is_complete: true }));
  await settle();
  answers[0]?.give(page([hit("old", 1)], { is_complete: true }));
  await settle();
  expect(ids(search.hits)).toBe("new");
});

test("an answer of the server to what is no longer asked is dropped", async () => {
  const { search, answers, give, searchServer } = start();
  search.write("boat");
  await give(page([hit("a", 1)]));
  await vi.advanceTimersByTimeAsync(SERVER_MS);
  expect(searchServer).toHaveBeenCalledTimes(1);
  const late = answers.at(-1);
  search.write("boats");
  await give(page([hit("b", 2)]));
  late?.give(page([hit("c", 3)], { is_complete: true }));
  await settle();
  expect(ids(search.hits)).toBe("b");
  expect(search.asking).toBe(true);
});

test("what is here shows at once; the server is asked when one pauses, and not where all is here", async () => {
  const { search, give, searchServer } = start();
  search.write("boat");
  await give(page([hit("b", 2), hit("a", 1)]));
  expect(ids(search.hits)).toBe("ba");
  expect(search.asking).toBe(true);
  await vi.advanceTimersByTimeAsync(SERVER_MS - 1);
  expect(searchServer).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await give(page([hit("c", 3), hit("b", 2)], { is_complete: true }));
  expect(ids(search.hits)).toBe("cb");
  expect(search.asking).toBe(false);

  search.write("all");
  await give(page([hit("a", 1)], { is_complete: true }));
  await vi.advanceTimersByTimeAsync(SERVER_MS * 2);
  expect(searchServer).toHaveBeenCalledTimes(1);
});

test("one stays at the hit that one went to, wherever the server's put it", async () => {
  const { search, give } = start();
  search.write("boat");
  await give(page([hit("b", 2), hit("a", 1)]));
  expect(search.at).toBe(0);
  search.step(1);
  search.step(1);
  expect(search.at).toBe(1);
  await vi.advanceTimersByTimeAsync(SERVER_MS);
  await give(page([hit("c", 3), hit("b", 2), hit("a", 1)], { is_complete: true }));
  expect(search.at).toBe(2);
  search.step(-9);
  expect(search.at).toBe(0);
});

test("pages follow from where the last one came, once each", async () => {
  const { search, give, last, searchMessages, searchServer } = start();
  offline = true;
  search.write("boat");
  await give(page([hit("d", 4), hit("c", 3)], { next: "c" }));
  void search.more();
  void search.more();
  expect(searchMessages).toHaveBeenCalledTimes(2);
  expect(last()).toMatchObject({ query: "boat", cursor: "c" });
  await give(page([hit("c", 3), hit("a", 1)]));
  expect(ids(search.hits)).toBe("dca");
  void search.more();
  expect(searchMessages).toHaveBeenCalledTimes(2);
  expect(searchServer).not.toHaveBeenCalled();
});

test("what was paged here stays below the server's page, whose next one comes in its place", async () => {
  const { search, give, last } = start();
  search.write("boat");
  await give(page([hit("f", 6), hit("d", 4)], { next: "d" }));
  void search.more();
  await give(page([hit("b", 2)]));
  expect(ids(search.hits)).toBe("fdb");
  await vi.advanceTimersByTimeAsync(SERVER_MS);
  await give(page([hit("f", 6), hit("e", 5)], { next: "e", is_complete: true }));
  expect(ids(search.hits)).toBe("fedb");
  void search.more();
  expect(last()).toMatchObject({ cursor: "e" });
  await give(page([hit("d", 4), hit("c", 3)], { is_complete: true }));
  expect(ids(search.hits)).toBe("fedc");
});

test("without a connection the server is not asked, and is as soon as there is one", async () => {
  const { search, give, searchServer } = start();
  offline = true;
  search.write("boat");
  await give(page([hit("a", 1)]));
  await vi.advanceTimersByTimeAsync(SERVER_MS * 2);
  expect(searchServer).not.toHaveBeenCalled();
  expect(search.isComplete).toBe(false);
  offline = false;
  search.retryServer();
  await give(page([hit("b", 2), hit("a", 1)], { is_complete: true }));
  expect(ids(search.hits)).toBe("ba");
});

test("a server that does not answer leaves what is here, says so, and can be asked again", async () => {
  const { search, give, last, searchServer } = start();
  search.write("boat");
  await give(page([hit("a", 1)]));
  await vi.advanceTimersByTimeAsync(SERVER_MS);
  last().refuse(failure("rate_limited"));
  await settle();
  expect(ids(search.hits)).toBe("a");
  expect(search.serverFailure?.code).toBe("rate_limited");
  search.retryServer();
  expect(search.serverFailure).toBeNull();
  expect(searchServer).toHaveBeenCalledTimes(2);
});

test("a bad filter is told when one pauses, and no longer once one writes on", async () => {
  const { search, last } = start();
  search.write("has:so");
  last().refuse(failure("invalid_request", "has"));
  await settle();
  expect(search.refused).toBeNull();
  await vi.advanceTimersByTimeAsync(COMPLAINT_MS);
  expect(search.refused).toBe("has");
  search.write("has:song");
  expect(search.refused).toBeNull();
  last().refuse(failure("invalid_request", "has"));
  await settle();
  search.write("song");
  await vi.advanceTimersByTimeAsync(COMPLAINT_MS * 2);
  expect(search.refused).toBeNull();
});

test("a filter that is only begun is neither wrong nor looked for", async () => {
  const { search, last, searchMessages } = start();
  search.write("boat on:");
  expect(last().query).toBe("boat");
  expect(search.begun).toBe("on");
  search.write("from:");
  expect(searchMessages).toHaveBeenCalledTimes(1);
  expect(search.hits).toEqual([]);
});

test("an emptied field shows nothing of before, not even what comes late", async () => {
  const { search, give, searchMessages } = start();
  search.write("boat");
  search.write("  ");
  expect(searchMessages).toHaveBeenCalledTimes(1);
  await give(page([hit("a", 1)]));
  expect(search.hits).toEqual([]);
  expect(search.answered).toBe(false);
});
