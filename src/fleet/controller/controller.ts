import { DefsError, describeError, isDefsError } from '../../error.ts'
import type { SetName } from '../../set-name.ts'
import { cardBytes, type FleetCard } from '../../source/liveupdate/fleet-card.ts'
import { compactFacts, FactBook } from '../fact-file.ts'
import { type Fact, type FactBody, type Known, knownFrom, stillMeant } from '../facts.ts'
import { HostTable } from '../host-table.ts'
import type { Admitted, Heard } from '../roster.ts'
import { type Decision, decide } from '../train.ts'
import { type Action, emptyTree, type World } from '../world.ts'
import { AdmittedList, readHeard, writeHeard } from './admitted.ts'
import { Announcer } from './announcer.ts'
import { cardOf, setsToKeep } from './card-upkeep.ts'
import type { Ground, SignedTree } from './ground.ts'
import { beginAnew, RefusalTeller, SilenceTeller, takeIn } from './hearing.ts'
import { tellMissing, wasOpeningTold } from './telling.ts'
import { withdrawSets } from './withdraw-sets.ts'

/** How one look at everything ended. */
export interface FleetLook {
  readonly decision: Decision
  readonly world: World
  readonly card: FleetCard | null
  readonly treeReadable: boolean
  readonly authentic: boolean
  readonly tree: SignedTree | null
}

/** Rounds of deciding and doing in one look, and how often what was heard is written (milliseconds). */
const [roundsMost, keepEvery] = [50, 5000]
/**
 * The controller: hears reports, decides, writes each decision down and only then carries it out. It holds nothing
 * that a crash could take away: facts are in one file, the rest is read again.
 */
export class Controller {
  private readonly ground: Ground
  private heard = new Map<string, Heard>()
  private heardKept = 0
  private heardDirty = false
  private begun = false
  private wasAway = false
  private wasUp = false
  private readonly forged: RefusalTeller
  private readonly silent: SilenceTeller
  private kept = ''
  private noted = ''
  private readonly announcer = new Announcer()
  private readonly book: FactBook
  private readonly admitted: AdmittedList
  private readonly table = new HostTable()
  /** Hosts of whom something was heard that the table does not know yet; null when it knows nothing. */
  private touched: Set<string> | null = null
  private known: { readonly facts: readonly Fact[]; readonly known: Known } | null = null

  constructor(ground: Ground) {
    this.ground = ground
    this.book = new FactBook(ground.paths, ground.disk)
    this.admitted = new AdmittedList(ground.paths.hosts, ground.disk)
    this.forged = new RefusalTeller(ground.tell)
    this.silent = new SilenceTeller(ground.tell)
  }

  /** Looks at reports, facts and the tree once, and does all that is to be done. */
  async look(): Promise<FleetLook> {
    const { ground } = this
    if (!this.begun) await this.begin()
    const admitted = await this.admitted.read()
    await this.listen(admitted)
    const { tree, authentic } = await this.freshTree()
    let look = this.see(await this.knownNow(), admitted, tree, authentic)
    if (tree === null) return look
    for (let round = 0; round < roundsMost; round++) {
      const actions = this.mayMove()
        ? look.decision.actions
        : look.decision.actions.filter((one) => one.do === 'withdraw')
      if (actions.length === 0 || !(await this.carryOutAll(actions, look.world))) break
      look = this.see(await this.knownNow(), admitted, (await this.readTree()).tree, true)
    }
    look = await this.keepCard(look, admitted)
    await this.keepSets(look)
    await this.announcer.announce(look, ground.feed)
    if (this.mayMove()) this.silent.take(look.world)
    return look
  }

  /** Writes down what was heard; to be called before the end. */
  async close(): Promise<void> {
    if (this.heardDirty) await writeHeard(this.ground.paths.heard, this.heard, this.ground.disk)
    this.heardDirty = false
  }

  private async begin(): Promise<void> {
    const { ground } = this
    this.heard = await readHeard(ground.paths.heard, ground.disk)
    await tellMissing(await this.book.read(), ground)
    const { tree } = await this.readTree()
    const published = new Set((tree?.view.releases ?? []).map(({ set }) => set))
    if (tree !== null)
      await ground.locked(() => compactFacts((all) => stillMeant(all, published), ground.paths, ground.disk))
    this.begun = true
  }

  /** The facts put together, which takes time only when there is another one. */
  private async knownNow(): Promise<Known> {
    const facts = await this.book.read()
    if (this.known?.facts !== facts) this.known = { facts, known: knownFrom(facts) }
    return this.known.known
  }

  private async listen(admitted: ReadonlyMap<string, Admitted>): Promise<void> {
    const { feed, now, policy, tell } = this.ground
    const raw = await feed.take()
    const { state, reason, kind } = feed.state()
    if (state === 'away' && !this.wasAway) tell('bus.away', { reason: reason ?? 'unknown' })
    if (state === 'up' && this.wasAway)
      tell('bus.back', { reason: kind === 'nats' ? 'the bus' : 'the folder' })
    // A host cannot say how it ended while nobody can hear it: its time begins again.
    const moment = now().getTime()
    const again = state === 'up' && (this.wasAway || !this.wasUp)
    if (again && kind === 'nats') this.touch(beginAnew(this.heard, moment))
    this.wasUp ||= state === 'up'
    this.wasAway = state === 'away'
    const { news, touched, refused } = takeIn(raw, policy.name, admitted, this.heard, moment)
    this.touch(touched)
    if (touched.length > 0) this.heardDirty = true
    this.silent.heard(news)
    this.forged.take(refused, moment)
    // Whoever only looks reads what is kept; of a large fleet it is not written for each report.
    if (this.heardDirty && (this.heard.size < 500 || moment - this.heardKept >= keepEvery)) {
      this.heardKept = moment
      await this.close()
    }
  }

  private touch(names: readonly string[]): void {
    for (const name of names) this.touched?.add(name)
  }

  private async readTree(): Promise<{ tree: SignedTree | null; authentic: boolean }> {
    try {
      return { tree: await this.ground.tree.read(), authentic: true }
    } catch (error) {
      this.note(`the tree cannot be read: ${describeError(error)}`)
      return { tree: null, authentic: !(error instanceof DefsError && error.code.startsWith('TRUST_')) }
    }
  }

  /** The tree, signed anew when it is about to end. */
  private async freshTree(): Promise<{ tree: SignedTree | null; authentic: boolean }> {
    const read = await this.readTree()
    if (read.tree === null) return read
    try {
      await this.ground.tree.renew(read.tree.until)
    } catch (error) {
      this.noteOnly(error, 'what is signed could not be signed anew')
    }
    return this.readTree()
  }

  private see(
    known: Known,
    admitted: ReadonlyMap<string, Admitted>,
    tree: SignedTree | null,
    authentic: boolean,
  ): FleetLook {
    const { policy, now } = this.ground
    const at = now()
    const card = tree?.card ?? cardOf(policy, known, null, at)
    const about = { touched: this.touched, now: at.getTime() }
    const hosts = this.table.update(admitted, this.heard, card, about)
    this.touched = new Set()
    const world: World = { policy, known, tree: tree?.view ?? emptyTree, hosts, now: at }
    return {
      world,
      card: tree?.card ?? null,
      decision: decide(world),
      treeReadable: tree !== null,
      authentic,
      tree,
    }
  }

  /** Nothing moves forward while reports cannot be heard. */
  private mayMove(): boolean {
    return this.ground.feed.state().state === 'up'
  }

  /** @returns whether all of it could be done */
  private async carryOutAll(actions: readonly Action[], world: World): Promise<boolean> {
    for (const action of actions) {
      try {
        await this.carryOut(action, world)
      } catch (error) {
        if (isDefsError(error, 'INTERRUPTED', 'BUG')) throw error
        this.noteOnly(error, `'${action.do}' could not be done and is tried again`)
        return false
      }
    }
    return true
  }

  private async carryOut(action: Action, world: World): Promise<void> {
    const { tell } = this.ground
    switch (action.do) {
      case 'start':
        return this.write(
          { fact: 'started' },
          ...action.rings.map((one) => ({ fact: 'passed', ...one, by: 'start', counts: null }) as const),
        )
      case 'note-opened': {
        const { ring, set } = action
        await this.write({ fact: 'opened', ring, set, by: 'hand' })
        return tell('ring.opened', { ring, set, reason: `${ring} takes ${set}, promoted by hand` })
      }
      case 'evidence': {
        await this.write(...action.evidence.map((one) => ({ fact: 'failed', ...one }) as const))
        for (const { host, ring, set, outcome } of action.evidence)
          if (outcome === 'lost') tell('host.lost', { host, ring, set })
        return
      }
      case 'halt': {
        const { set, ring, reason } = action
        await this.write({ fact: 'barred', set, ring, reason, by: 'controller', how: 'halted' })
        tell('rollout.halted', { set, ring, reason })
        return this.withdraw([set], world)
      }
      case 'withdraw':
        return this.withdraw(action.sets, world)
      case 'open':
        return this.open(action, world)
      case 'pass': {
        const { ring, set, by, counts } = action
        await this.write({ fact: 'passed', ring, set, by, counts })
        return tell('ring.passed', { ring, set, reason: `${counts.good} of ${counts.awake} proved it` })
      }
      case 'wait': {
        const { ring, set, waits, reason } = action
        await this.write({ fact: 'waiting', ring, set, waits })
        return tell('rollout.waiting', { ring, set, reason })
      }
      case 'freeze': {
        const { ring, set, reason } = action
        await this.write({ fact: 'frozen', ring, set, reason })
        return tell('ring.frozen', { ring, set, reason })
      }
      default: {
        const fact = action.do === 'complete' ? 'complete' : 'superseded'
        await this.write({ fact, set: action.set })
        return tell(`rollout.${fact}`, { set: action.set })
      }
    }
  }

  private async open(action: Action & { readonly do: 'open' }, { policy, known }: World): Promise<void> {
    const { ring: name, set } = action
    const ring = policy.rings.find((one) => one.name === name)
    if (!ring) return
    const urgent = known.sets.get(set)?.urgent ?? null
    // Written down first: after a crash it is known who opened the ring.
    if (!action.known) await this.write({ fact: 'opened', ring: name, set, by: 'controller' })
    await this.ground.tree.open(ring.channel, set, urgent ? `urgent: ${urgent.reason}` : 'the train')
    const since = known.sets.get(set)?.rings.get(name)?.opened?.at
    if (action.known && since && (await wasOpeningTold(name, set, since, this.ground))) return
    const before = policy.rings[policy.rings.indexOf(ring) - 1]
    if (before === undefined) this.ground.tell('rollout.started', { set, ring: name })
    const reason = before === undefined ? policy.intake : before.name
    this.ground.tell('ring.opened', { ring: name, set, reason: `${name} takes ${set} after ${reason}` })
  }

  /** Takes sets out of every ring: to where each goes back is told beside it. */
  private async withdraw(sets: readonly SetName[], world: World): Promise<void> {
    const known = await this.knownNow()
    const moved = await withdrawSets(sets, { ...world, known }, this.ground)
    for (const { ring, from, to } of moved) {
      await this.write({ fact: 'demoted', ring: ring.name, from, to, by: 'controller' })
    }
  }

  private async write(...bodies: FactBody[]): Promise<void> {
    const { ground } = this
    await ground.locked(() => this.book.add(bodies, ground.now()))
  }

  private async keepCard(look: FleetLook, admitted: ReadonlyMap<string, Admitted>): Promise<FleetLook> {
    const { policy, tree, now } = this.ground
    const card = cardOf(policy, look.world.known, look.card, now())
    if (look.card !== null && cardBytes(card).equals(cardBytes(look.card))) return look
    try {
      await tree.putCard(card)
      return this.see(await this.knownNow(), admitted, (await this.readTree()).tree, true)
    } catch (error) {
      this.noteOnly(error, 'the fleet card could not be written and is tried again')
      return look
    }
  }

  private async keepSets({ world }: FleetLook): Promise<void> {
    const sets = setsToKeep(world)
    const text = sets.join(' ')
    if (text === this.kept || !world.known.started) return
    await this.ground.tree.keep(sets)
    this.kept = text
  }

  /** What the world did is told once; a fault of ours is thrown. */
  private noteOnly(error: unknown, what: string): void {
    if (!(error instanceof DefsError)) throw error
    this.note(`${what}: ${describeError(error)}`)
  }

  private note(text: string): void {
    if (text === this.noted) return
    this.noted = text
    this.ground.note(text)
  }
}
