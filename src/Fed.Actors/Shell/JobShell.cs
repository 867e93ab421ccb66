using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Shell;

/// <summary>The world of a job actor: it talks, waits, and leads the making of a collective key. It holds what sites answered, in memory, and publishes lists of it; it never has a secret.</summary>
internal sealed class JobShell(NodeServices services, IActorRef<CourierMessage> courier)
    : EffectShell<JobCommand>(NodeAddress.Job, services, courier, static id => new JobCommand.TimerDue(id))
{
    private const string Lane = "job";

    private readonly KeyBox _box = new();

    private JobPlan? Plan { get; set; }

    private Digest PlanHash { get; set; }

    /// <summary>Takes over what the shell needs of the state.</summary>
    public void Learn(JobState state) => (Plan, PlanHash) = (state.Planned?.Plan, state.Planned?.Hash ?? default);

    protected override void StartWork(WorkItem item, EffectContext<JobCommand> context)
    {
        IActorRef<JobCommand> decider = context.Self;
        switch (item)
        {
            case WorkItem.HoldKeyAnswer hold:
                Hold(hold, decider);
                break;
            case WorkItem.HoldKeyDecline hold:
                _box.Decline(hold.Epoch, hold.Silo);
                decider.Tell(Held(hold.Epoch, KeyStep.Enter, isOverdue: false));
                break;
            case WorkItem.CountKeyAnswers count:
                decider.Tell(Held(count.Epoch, count.Step, isOverdue: true));
                break;
            case WorkItem.PublishKeyStep publish:
                RunOnce(item.Id, Lane, decider, _ => Publish(publish));
                break;
            case WorkItem.EstablishKey establish:
                RunOnce(item.Id, Lane, decider, _ => Establish(establish), cause => cause is CeremonyException e ? new JobCommand.KeyFailed(establish.Epoch, e.Message, e.Site) : null);
                break;
            case WorkItem.DropKeyBlobs drop:
                if (!drop.Blobs.IsEmpty) RunOnce(item.Id, Lane, decider, _ => Delete(drop.Blobs));
                break;
            default:
                throw new InvalidOperationException($"a job does no work such as {item.Id}");
        }
    }

    /// <summary>Who may tell a job what.</summary>
    public Admission<JobCommand> Admit(NodeAddress from, ProtocolMessage message) => message switch
    {
        ProtocolMessage.PlanAnswer answer when from == NodeAddress.Silo(answer.Silo.Value)
            => Admission<JobCommand>.Accept(new JobCommand.PlanAnswered(answer.Silo, answer.Hash, answer.Refusal)),
        ProtocolMessage.PlanAdopted adopted when from == NodeAddress.Coordinator => Admission<JobCommand>.Accept(new JobCommand.PlanAdopted(adopted.Hash)),
        ProtocolMessage.RoundReport report when from == NodeAddress.Coordinator => Admission<JobCommand>.Accept(new JobCommand.RoundReported(report.Round, report.Outcome)),
        ProtocolMessage.AnswerKeyStep step when from == NodeAddress.Silo(step.Answer.Silo.Value) => Plan is { } plan && step.Answer.Job == plan.Job && Services.IsSigned(plan, step.Answer)
            ? Admission<JobCommand>.Accept(new JobCommand.KeyAnswered(step.Answer))
            : Admission<JobCommand>.Refuse($"an answer that '{step.Answer.Silo}' has not signed"),
        ProtocolMessage.DeclineKeyStep decline when from == NodeAddress.Silo(decline.Silo.Value)
            => Admission<JobCommand>.Accept(new JobCommand.KeyDeclined(decline.Epoch, decline.Step, decline.Silo, decline.Blamed)),
        _ => Admission<JobCommand>.Unexpected(from, message),
    };

    /// <summary>Fetches an answer from its site and holds it if it is good. One that is not stands for the site's refusal to go on.</summary>
    private void Hold(WorkItem.HoldKeyAnswer hold, IActorRef<JobCommand> decider)
    {
        KeyAnswer answer = hold.Answer;
        if (_box.Has(answer.Epoch, answer.Step, answer.Silo))
        {
            decider.Tell(Held(answer.Epoch, answer.Step, isOverdue: false));
            return;
        }

        string fetch = hold.Id + "/fetch";
        if (!Begin(fetch)) return;
        Services.Bulk.FetchToMemory(NodeAddress.Silo(answer.Silo.Value), answer.Payload, (bytes, failure) =>
        {
            Finish(fetch, decider, null);
            if (bytes is not null) RunOnce(hold.Id, Lane, decider, _ => HoldWhileOpen(hold, bytes));
            else Services.Observer.Refused(Self, $"the {answer.Step} of '{answer.Silo}' could not be fetched: {failure}");   // asked again, it answers again
        });
    }

    /// <summary>Null for an answer to a ceremony that is over: what it is judged by is gone.</summary>
    private JobCommand? HoldWhileOpen(WorkItem.HoldKeyAnswer hold, byte[] bytes) => hold.Closed.Values.All(Services.Blobs.Contains) ? Hold(hold, bytes) : null;

    private JobCommand Hold(WorkItem.HoldKeyAnswer hold, byte[] bytes)
    {
        KeyAnswer answer = hold.Answer;
        if (!Encryption.IsAnswer(ContextOf(answer.Epoch, hold.Holders), answer.Step, answer.Silo, bytes, Earlier(hold.Closed)))
            return new JobCommand.KeyDeclined(answer.Epoch, answer.Step, answer.Silo, answer.Silo);
        _box.Hold(answer.Epoch, answer.Step, answer.Silo, bytes);
        return Held(answer.Epoch, answer.Step, isOverdue: false);
    }

    private JobCommand.KeyAnswersHeld Held(int epoch, KeyStep step, bool isOverdue)
    {
        (ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers, ImmutableSortedSet<SiloId> declined) = _box.Of(epoch, step);
        return new(epoch, step, [.. answers.Keys], declined, isOverdue);
    }

    private JobCommand? Publish(WorkItem.PublishKeyStep publish)
    {
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers = _box.Of(publish.Epoch, publish.Step).Answers;
        if (publish.Holders.Any(silo => !answers.ContainsKey(silo))) return null;   // a process of yesterday's work: what it held is asked for again
        answers = answers.RemoveRange(answers.Keys.Where(silo => !publish.Holders.Contains(silo)));
        return new JobCommand.KeyStepPublished(publish.Epoch, publish.Step, publish.Holders, publish.Holders.ToImmutableSortedDictionary(
            static silo => silo, silo => Services.Blobs.Store(CeremonyFrames.Write(Encryption.Gather(publish.Step, answers, silo)))));
    }

    private JobCommand? Establish(WorkItem.EstablishKey establish)
    {
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> accepted = _box.Of(establish.Epoch, KeyStep.Accept).Answers;
        if (establish.Holders.Any(silo => !accepted.ContainsKey(silo)) || !establish.Closed.Values.All(Services.Blobs.Contains)) return null;   // of yesterday, or the ceremony is over
        Dictionary<KeyStep, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> answers = Earlier(establish.Closed);
        answers[KeyStep.Accept] = accepted;
        (Digest id, byte[] publicKey) = Encryption.EstablishedKey(ContextOf(establish.Epoch, establish.Holders), answers);
        return new JobCommand.KeyMade(new CollectiveKey(establish.Epoch, id, Services.Blobs.Store(publicKey), establish.Holders));
    }

    private JobCommand? Delete(ImmutableArray<Digest> blobs)
    {
        foreach (Digest blob in blobs.Where(hash => !Services.IsNamedElsewhere(hash))) Services.Blobs.Delete(blob);
        return null;
    }

    private Dictionary<KeyStep, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> Earlier(ImmutableSortedDictionary<KeyStep, Digest> closed) =>
        closed.ToDictionary(static pair => pair.Key, pair => CeremonyFrames.Read(Services.Blobs.ReadAll(pair.Value), int.MaxValue));

    private KeyContext ContextOf(int epoch, ImmutableSortedSet<SiloId> holders) => KeyContext.Of(Plan!, PlanHash, epoch, holders);

    private ICollectiveEncryption Encryption => Services.CollectiveEncryption ?? throw new InvalidOperationException("this node cannot lead the making of a collective key");
}
