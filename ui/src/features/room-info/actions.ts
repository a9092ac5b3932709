import type { Commands } from "$lib/ipc/generated";

/** What the details of a room ask of the core. */
export type RoomActions = Pick<
  Commands,
  | "addParticipant"
  | "ban"
  | "bans"
  | "block"
  | "createRoom"
  | "createRoomInvite"
  | "openLink"
  | "personProfile"
  | "removeParticipant"
  | "revokeRoomInvite"
  | "roomInfo"
  | "roomInvites"
  | "searchPeople"
  | "setRole"
  | "setRoom"
  | "transferRoom"
  | "unban"
  | "unblock"
>;
