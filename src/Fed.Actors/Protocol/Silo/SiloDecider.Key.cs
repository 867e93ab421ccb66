using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using static Fed.Actors.Protocol.Silo.SiloCommand;
using static Fed.Actors.Protocol.Silo.SiloEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Silo.SiloEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Silo;

/// <content>
/// The site's part in the making of a key: each step once, in order, with one set of holders and one list of answers. What a holder says twice about one secret gives it away, so what is stored decides,
/// and an epoch that was left is never entered again. See docs/adr/0013-key-ceremony.md.
/// </content>
public sealed partial class SiloDecider
{
    private static Decided Take(SiloState state, AskKeyStep ask)
    {
        if (state.Plan!.Ckks is not { } parameters) return Only(new Effect.Refused("a key is asked for that the plan does not want"));
        if (state.AreKeysErased) return Only(new Effect.Refused("a key is asked for after the job's end"));
        SiloKeyCeremony? known = state.KeyCeremony;
        if (known is not null && (ask.Epoch < known.Epoch || (ask.Epoch == known.Epoch && ask.Step < known.Step && known.Abandoned is null))) return Decided.None;   // late
        if (known?.Epoch == ask.Epoch)
        {
            if (known.Abandoned is not null) return Only(Decline(state, known, ask.Step));
            if (ask.Step == known.Step)
            {
                return known.Given == ask.Given && known.Holders.SetEquals(ask.Holders)
                    ? Only(Answer(state, known))
                    : Only(new Effect.Refused($"a second list of answers for {ask.Step} of epoch {ask.Epoch}"));
            }
        }

        return Refusal(state, parameters, known, ask) is { } reason
            ? Only(new Effect.Refused(reason))
            : Only(new Effect.Work(new WorkItem.TakeKeyStep(ask.Epoch, ask.Step, ask.Holders, ask.Given)));
    }

    private static Decided Take(SiloState state, KeyStepMade made)
    {
        if (state.AreKeysErased) return Only(EraseKeys(state, state, new SiloKeyCeremony(made.Epoch, made.Step, made.Holders, made.Given, made.Answer) { Answers = [made.Answer] }));   // taken while the job ended
        if (state.KeyCeremony is { } known && (made.Epoch < known.Epoch || (made.Epoch == known.Epoch && (known.Abandoned is not null || made.Step < known.Step)))) return Late(state, known, made);
        if (state.KeyCeremony is { } same && same.Epoch == made.Epoch && same.Step == made.Step)
            return same.Answer == made.Answer ? Only(Answer(state, same)) : Abandon(state, new KeyStepImpossible(made.Epoch, made.Step, "the answer of this step is another than was given", null));
        if (made.Key is not null && RoundUnderWay(state) is { } round) return Abandon(state, new KeyStepImpossible(made.Epoch, made.Step, $"round {round} began before the key was made", null));
        KeyStepTaken taken = new(made.Epoch, made.Step, made.Holders, made.Given, made.Answer);
        SiloState after = Evolve(state, taken);
        Effect answer = Answer(after, after.KeyCeremony!);
        if (made.Step == KeyStep.Enter) return new([taken], [answer, EraseKeys(state, after, state.KeyCeremony)]);
        if (made.Key is not { } key) return new([taken], [answer]);
        KeyHeld held = new(key);
        return new([taken, held], [answer, EraseKeys(state, Evolve(after, held), null)]);   // keys before it have opened all that they will
    }

    /// <summary>A step that was taken while its ceremony ended: its answer never leaves, and is deleted.</summary>
    private static Decided Late(SiloState state, SiloKeyCeremony known, KeyStepMade made) => known.Answers.Contains(made.Answer) && known.Abandoned is null
        ? Decided.None
        : Only(EraseKeys(state, state, new SiloKeyCeremony(made.Epoch, made.Step, made.Holders, made.Given, made.Answer) { Answers = [made.Answer] }));

    private static Decided Abandon(SiloState state, KeyStepImpossible impossible)
    {
        if (state.KeyCeremony is { } known && (impossible.Epoch < known.Epoch || (impossible.Epoch == known.Epoch && known.Abandoned is not null))) return Decided.None;
        KeyAbandoned abandoned = new(impossible.Epoch, impossible.Step, impossible.Reason, impossible.Blamed);
        SiloState after = Evolve(state, abandoned);
        return new([abandoned], [Decline(after, after.KeyCeremony!, impossible.Step), EraseKeys(state, after, after.KeyCeremony)]);
    }

    /// <summary>The job is over: what is computed for it stops, and keys go. Contributions go with the end of their round, which is still to come.</summary>
    private static Decided EndJob(SiloState state)
    {
        if (state.IsOver) return Decided.None;
        Effect stop = new Effect.Work(new WorkItem.CancelWork(int.MaxValue));
        return state.Plan!.Ckks is null
            ? new([new JobEnded()], [stop])
            : new([new JobEnded(), new KeysErased()], [stop, EraseKeys(state, Evolve(state, new KeysErased()), state.KeyCeremony)]);
    }

    /// <summary>Why a step is not taken; null where it is.</summary>
    private static string? Refusal(SiloState state, CkksPlan parameters, SiloKeyCeremony? known, AskKeyStep ask)
    {
        string which = $"{ask.Step} of epoch {ask.Epoch}";
        if (RoundUnderWay(state) is { } round) return $"{which} in the middle of round {round}";
        if (ask.Epoch < 1 || !ask.Holders.Contains(state.Silo)) return $"{which} without this site";
        if (ask.Holders.FirstOrDefault(holder => !state.Plan!.Silos.Contains(holder)) is { Value: not null } stranger) return $"{which} with '{stranger}', which is not in the roster";
        if (ask.Holders.Count < parameters.HoldersMin) return $"{which} with {ask.Holders.Count} holders, and the plan needs {parameters.HoldersMin}";
        if (known?.Epoch != ask.Epoch) return ask.Step == KeyStep.Enter ? null : $"{which}, and this site has not entered";
        if (ask.Step != known.Step + 1) return $"{which} after {known.Step}";
        return ask.Step == KeyStep.CommitSeed ? Uninvited(known, ask, which) : known.Holders.SetEquals(ask.Holders) ? null : $"{which} with other holders than before";
    }

    /// <summary>
    /// A round of which this site has a result, and has not heard the end. No key is made then, whatever a server says: with the key its peers forget which words of its they have heard, so that a site that was put back to an older
    /// copy could confirm a second set of contributors to a sum. Null between rounds.
    /// </summary>
    private static int? RoundUnderWay(SiloState state) => state.Outbox.IsEmpty ? null : state.Outbox.Keys.Max(static key => key.Round);

    private static string? Uninvited(SiloKeyCeremony known, AskKeyStep ask, string which) =>
        ask.Holders.FirstOrDefault(holder => !known.Holders.Contains(holder)) is { Value: not null } stranger ? $"{which} with '{stranger}', which was not asked to enter" : null;

    private static Effect.Send Answer(SiloState state, SiloKeyCeremony known) => new(NodeAddress.Job, new ProtocolMessage.AnswerKeyStep(
        state.Plan!.Job, new KeyAnswer(state.Silo, state.Plan.Job, known.Epoch, known.Step, state.PlanHash, known.Given, known.Answer, default)));   // the shell signs

    private static Effect.Send Decline(SiloState state, SiloKeyCeremony known, KeyStep step) => new(NodeAddress.Job, new ProtocolMessage.DeclineKeyStep(state.Plan!.Job, known.Epoch, step, state.Silo, known.Blamed));

    /// <summary>Erases the secrets of every epoch but of the key that is held and of the ceremony under way, and once the job is over of those too; with them the answers of a ceremony that is over, and the public keys that are not held any more.</summary>
    private static Effect.Work EraseKeys(SiloState before, SiloState state, SiloKeyCeremony? over)
    {
        IEnumerable<Digest> dropped = before.Keys.Values.Select(static key => key.PublicKey).Except(state.Keys.Values.Select(static key => key.PublicKey));
        IEnumerable<int> open = state.KeyCeremony is { Abandoned: null } ceremony ? [ceremony.Epoch] : [];
        return new(new WorkItem.EraseKeys(state.AreKeysErased ? int.MaxValue : state.KeyCeremony?.Epoch ?? 0, state.AreKeysErased ? [] : [.. state.Keys.Keys.Union(open).Order()], [.. over?.Answers ?? [], .. dropped]));
    }

    private static SiloState With(SiloState state, KeyStepTaken taken)
    {
        SiloKeyCeremony? before = state.KeyCeremony?.Epoch == taken.Epoch ? state.KeyCeremony : null;
        return state with { KeyCeremony = new SiloKeyCeremony(taken.Epoch, taken.Step, taken.Holders, taken.Given, taken.Answer) { Answers = (before?.Answers ?? []).Add(taken.Answer) } };
    }

    private static SiloState With(SiloState state, KeyAbandoned abandoned) => state with
    {
        KeyCeremony = (state.KeyCeremony?.Epoch == abandoned.Epoch ? state.KeyCeremony : new SiloKeyCeremony(abandoned.Epoch, abandoned.Step, [], default, default)) with
        {
            Abandoned = abandoned.Reason,
            Blamed = abandoned.Blamed,
        },
        Keys = state.Keys.Remove(abandoned.Epoch),
    };

    /// <summary>
    /// With a new key begins a new memory of epochs: what a site said under the one before opens nothing any more, and if it has forgotten some of it, that is no reason to stay out. It is one to have
    /// forgotten a round: with it state of its own may be gone, which no key brings back.
    /// </summary>
    private static SiloState With(SiloState state, KeyHeld held) => state with
    {
        Keys = ImmutableSortedDictionary<int, CollectiveKey>.Empty.Add(held.Key.Epoch, held.Key),
        Epochs = EpochMemory.None,
        Restored = state.Restored is { Settled: not null } ? state.Restored : null,
    };
}
