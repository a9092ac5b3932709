import { expect, test } from "vitest";
import { isHere, linkTo, parseRoomLink } from "./place";

const server = "https://chat.example.org:8443";

test("a link names the room, the message and the server", () => {
  expect(linkTo("01a", 7, server)).toBe("recado://room/01a/7?server=https%3A%2F%2Fchat.example.org%3A8443");
  expect(parseRoomLink(linkTo("01a", 7, server))).toEqual({ room: "01a", seq: 7, server });
  expect(parseRoomLink(linkTo("01a"))).toEqual({ room: "01a", seq: null, server: null });
});

test.each([
  "recado://join/x",
  "recado://room/",
  "recado://room/a/0",
  "recado://room/a/b",
  "recado://room/a/1/2",
  "https://x",
])("%s is no such link", (text) => expect(parseRoomLink(text)).toBeNull());

test("only the own server is here", () => {
  expect(isHere({ room: "a", seq: null, server: null }, server)).toBe(true);
  expect(isHere({ room: "a", seq: null, server: `${server}/` }, server)).toBe(true);
  expect(isHere({ room: "a", seq: null, server: "https://chat.example.org" }, server)).toBe(false);
  expect(isHere({ room: "a", seq: null, server: "what" }, server)).toBe(false);
});
