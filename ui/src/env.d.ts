/** Whether this build may be played by the page itself; false in production, where that code is left out. */
declare const __FAKE__: boolean;
