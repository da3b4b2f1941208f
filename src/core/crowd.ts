/** Its place in a crowd, which alone writes it; -1: in none. */
export interface Seated {
  seat: number;
}

/**
 * Members in no order. A `Set` that thousands pass through makes a new table again and again, and the old one goes
 * on pointing to the new one and to whoever was in it: once V8 has moved one of them to where it collects seldom,
 * everything that has ever been in the set stays until then, and is copied about. An array has its places
 * overwritten.
 */
export class Crowd<Member extends Seated> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: Member): void {
    if (member.seat !== -1) return;
    member.seat = this.#members.length;
    this.#members.push(member);
  }

  /** Whether it was there. */
  delete(member: Member): boolean {
    const { seat } = member;
    if (seat === -1) return false;
    member.seat = -1;
    const last = this.#members.pop();
    if (last === undefined || last === member) return true;
    this.#members[seat] = last;
    last.seat = seat;
    return true;
  }

  /** All that are there now. */
  all(): readonly Member[] {
    return [...this.#members];
  }
}
