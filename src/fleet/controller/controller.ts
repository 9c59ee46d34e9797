import { DefsError, describeError, isDefsError } from '../../error.ts'
import type { SetName } from '../../set-name.ts'
import { cardBytes, type FleetCard } from '../../source/liveupdate/fleet-card.ts'
import { compactFacts, FactBook } from '../fact-file.ts'
import { type Fact, type FactBody, type Known, knownFrom, stillMeant } from '../facts.ts'
import { HostTable } from '../host-table.ts'
import type { Admitted } from '../roster.ts'
import { type Decision, decide } from '../train.ts'
import { type Action, emptyTree, type World } from '../world.ts'
import { AdmittedList } from './admitted.ts'
import { Announcer } from './announcer.ts'
import { cardOf, setsToKeep } from './card-upkeep.ts'
import type { Ground, SignedTree } from './ground.ts'
import { Listener } from './listener.ts'
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

/** Rounds of deciding and doing in one look. */
const roundsMost = 50

/**
 * The controller: hears reports, decides, writes each decision down and only then carries it out. It holds nothing
 * that a crash could take away: facts are in one file, the rest is read again.
 */
export class Controller {
  private readonly ground: Ground
  private begun = false
  private readonly listener: Listener
  private kept = ''
  private noted = ''
  private readonly announcer = new Announcer()
  private readonly book: FactBook
  private readonly admitted: AdmittedList
  private readonly table = new HostTable()
  private known: { readonly facts: readonly Fact[]; readonly known: Known } | null = null

  constructor(ground: Ground) {
    this.ground = ground
    this.book = new FactBook(ground.paths, ground.disk)
    this.admitted = new AdmittedList(ground.paths.hosts, ground.disk)
    this.listener = new Listener(ground)
  }

  /** Looks at reports, facts and the tree once, and does all that is to be done. */
  async look(): Promise<FleetLook> {
    const { ground } = this
    if (!this.begun) await this.begin()
    const admitted = await this.admitted.read()
    await this.listener.listen(admitted)
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
    if (this.mayMove()) this.listener.tellSilent(look.world)
    return look
  }

  /** Writes down what was heard; to be called before the end. */
  close(): Promise<void> {
    return this.listener.keep()
  }

  private async begin(): Promise<void> {
    const { ground } = this
    await this.listener.begin()
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
    const about = { touched: this.listener.takeTouched(), now: at.getTime() }
    const hosts = this.table.update(admitted, this.listener.heard, card, about)
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
