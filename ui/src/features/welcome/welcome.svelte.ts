import { asFailure, failureText } from "$lib/failure";
import type { Commands, ServerInfo } from "$lib/ipc/generated";
import { m } from "$lib/texts.svelte";

export type FieldName = "url" | "username" | "password" | "display_name" | "setup_code" | "invite";

/** The way in: a server, then an account on it. What was typed stays, whatever goes wrong. */
export class Welcome {
  url = $state("");
  username = $state("");
  password = $state("");
  displayName = $state("");
  setupCode = $state("");
  invite = $state("");
  server: ServerInfo | null = $state.raw(null);
  mode: "sign_in" | "create" = $state("sign_in");
  errors: Partial<Record<FieldName, string>> = $state({});
  /** What belongs to no field. */
  error: string | null = $state(null);
  busy = $state(false);
  /** A server that is waiting to be confirmed by name. */
  insecure: string | null = $state(null);

  constructor(
    private readonly core: Pick<Commands, "checkServer" | "confirmInsecureServer" | "register" | "signIn">,
    server: string | null,
  ) {
    this.url = server ?? "";
  }

  get needsInvite(): boolean {
    return this.server?.registration === "invite" && !this.server.is_new;
  }

  async #run(work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.errors = {};
    this.error = null;
    try {
      await work();
    } catch (reason) {
      this.#explain(reason);
    }
    this.busy = false;
  }

  check(): Promise<void> {
    const url = this.url.trim();
    if (url === "") {
      this.errors = { url: m.welcome_required() };
      return Promise.resolve();
    }
    return this.#run(async () => {
      this.server = await this.core.checkServer(url);
      this.mode = this.server.is_new ? "create" : "sign_in";
    });
  }

  async confirmInsecure(): Promise<void> {
    const url = this.insecure;
    this.insecure = null;
    if (url === null) return;
    await this.#run(() => this.core.confirmInsecureServer(url));
    await this.check();
  }

  changeServer(): void {
    this.server = null;
    this.errors = {};
    this.error = null;
  }

  submit(): Promise<void> {
    const server = this.server;
    if (!server) return this.check();
    const errors: typeof this.errors = {};
    const username = this.username.trim();
    const creates = this.mode === "create";
    if (username === "") errors.username = m.welcome_required();
    else if (creates && !/^[A-Za-z0-9._-]{2,32}$/.test(username)) errors.username = m.welcome_username_bad();
    if (this.password === "") errors.password = m.welcome_password_missing();
    else if (creates && [...this.password].length < 8) errors.password = m.welcome_password_short();
    if (creates && server.needs_setup_code && !this.setupCode.trim()) errors.setup_code = m.welcome_required();
    if (creates && this.needsInvite && !this.invite.trim()) errors.invite = m.welcome_required();
    if (Object.keys(errors).length > 0) {
      this.errors = errors;
      return Promise.resolve();
    }
    return this.#run(() =>
      creates
        ? this.core.register(server.url, {
            username,
            password: this.password,
            display_name: this.displayName.trim() || null,
            invite: this.needsInvite ? this.invite.trim() : null,
            setup_code: server.needs_setup_code ? this.setupCode.trim() : null,
          })
        : this.core.signIn(server.url, username, this.password),
    );
  }

  #explain(reason: unknown): void {
    const failure = asFailure(reason);
    if (failure.code === "insecure_server") {
      this.insecure = this.url.trim();
      return;
    }
    const text = failureText(failure.code);
    const known: Record<string, FieldName> = { username_taken: "username", bad_credentials: "password" };
    const named = ["username", "password", "display_name", "setup_code", "invite"].find(
      (name) => name === failure.field,
    );
    let field: FieldName | undefined = (named as FieldName | undefined) ?? known[failure.code];
    if (!this.server) field = "url";
    if (!field && failure.code === "forbidden" && this.mode === "create") {
      if (this.server?.needs_setup_code) field = "setup_code";
      else if (this.needsInvite) field = "invite";
    }
    if (!field) this.error = text;
    else if (field === "setup_code") this.errors = { setup_code: m.welcome_setup_code_bad() };
    else if (field === "invite") this.errors = { invite: m.welcome_invite_bad() };
    else if (field === "username" && failure.code === "invalid_request")
      this.errors = { username: m.welcome_username_bad() };
    else this.errors = { [field]: text };
  }
}
