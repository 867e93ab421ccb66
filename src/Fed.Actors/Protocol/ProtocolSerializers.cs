using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;

namespace Fed.Actors.Protocol;

/// <summary>The tags under which the protocol's events are stored, for ever.</summary>
public static partial class ProtocolSerializers
{
    /// <summary>Events of a job.</summary>
    public static TaggedJsonSerializer<JobEvent> Job { get; } = new TaggedJsonSerializer<JobEvent>()
        .With("job-planned", ProtocolJson.Default.JobPlanned)
        .With("job-plan-approved", ProtocolJson.Default.JobPlanApproved)
        .With("job-plan-adopted", ProtocolJson.Default.JobPlanAdopted)
        .With("job-started", ProtocolJson.Default.JobStarted)
        .With("job-round-recorded", ProtocolJson.Default.JobRoundRecorded)
        .With("job-completed", ProtocolJson.Default.JobCompleted)
        .With("job-failed", ProtocolJson.Default.JobFailed)
        .With("job-paused", ProtocolJson.Default.JobPaused)
        .With("job-resumed", ProtocolJson.Default.JobResumed)
        .With("job-cancel-requested", ProtocolJson.Default.JobCancelRequested)
        .With("job-cancelled", ProtocolJson.Default.JobCancelled)
        .With("job-queued", ProtocolJson.Default.JobQueued)
        .With("job-command-rejected", ProtocolJson.Default.JobCommandRejected)
        .With("job-leadership-taken", ProtocolJson.Default.JobLeadershipTaken)
        .With("job-leader-seen", ProtocolJson.Default.JobLeaderSeen)
        .With("key-ceremony-started", ProtocolJson.Default.JobKeyCeremonyStarted)
        .With("key-step-closed", ProtocolJson.Default.JobKeyStepClosed)
        .With("key-established", ProtocolJson.Default.JobKeyEstablished)
        .With("key-ceremony-failed", ProtocolJson.Default.JobKeyCeremonyFailed);

    /// <summary>Events of a coordinator.</summary>
    public static TaggedJsonSerializer<RoundEvent> Round { get; } = new TaggedJsonSerializer<RoundEvent>()
        .With("plan-adopted", ProtocolJson.Default.RoundPlanAdopted)
        .With("round-planned", ProtocolJson.Default.RoundPlanned)
        .With("attempt-started", ProtocolJson.Default.RoundAttemptStarted)
        .With("collection-requested", ProtocolJson.Default.RoundCollectionRequested)
        .With("attempt-failed", ProtocolJson.Default.RoundAttemptFailed)
        .With("round-sum-sealed", ProtocolJson.Default.RoundSumSealed)
        .With("sum-opened", ProtocolJson.Default.RoundSumOpened)
        .With("sum-applied", ProtocolJson.Default.RoundSumApplied)
        .With("round-committed", ProtocolJson.Default.RoundCommitted)
        .With("silo-settled", ProtocolJson.Default.RoundSiloSettled)
        .With("round-failed", ProtocolJson.Default.RoundFailed)
        .With("round-stopped", ProtocolJson.Default.RoundStopped)
        .With("rounds-cancelled", ProtocolJson.Default.RoundsCancelled)
        .With("round-command-rejected", ProtocolJson.Default.RoundCommandRejected)
        .With("round-leadership-taken", ProtocolJson.Default.RoundLeadershipTaken)
        .With("round-leader-seen", ProtocolJson.Default.RoundLeaderSeen)
        .With("later-epoch-heard", ProtocolJson.Default.RoundLaterEpochHeard)
        .With("keys-closed", ProtocolJson.Default.RoundKeysClosed)
        .With("shares-closed", ProtocolJson.Default.RoundSharesClosed)
        .With("contributors-confirmed", ProtocolJson.Default.RoundContributorsConfirmed)
        .With("commitments-closed", ProtocolJson.Default.RoundCommitmentsClosed)
        .With("list-agreed", ProtocolJson.Default.RoundListAgreed)
        .With("sum-stated", ProtocolJson.Default.RoundSumStated)
        .With("openers-drawn", ProtocolJson.Default.RoundOpenersDrawn)
        .With("challenge-closed", ProtocolJson.Default.RoundChallengeClosed)
        .With("evidence-closed", ProtocolJson.Default.RoundEvidenceClosed)
        .With("sum-doubted", ProtocolJson.Default.RoundSumDoubted)
        .With("opening-agreed", ProtocolJson.Default.RoundOpeningAgreed)
        .With("reprotection-started", ProtocolJson.Default.RoundReprotectionStarted)
        .With("graph-begun", ProtocolJson.Default.RoundGraphBegun)
        .With("nonces-committed", ProtocolJson.Default.RoundNoncesCommitted)
        .With("graph-drawn", ProtocolJson.Default.RoundGraphDrawn)
        .With("liars-named", ProtocolJson.Default.RoundLiarsNamed)
        .With("rekeying-asked", ProtocolJson.Default.RoundRekeyingAsked)
        .With("models-taken", ProtocolJson.Default.RoundModelsTaken);

    /// <summary>Events of an aggregator.</summary>
    public static TaggedJsonSerializer<AggregationEvent> Aggregation { get; } = new TaggedJsonSerializer<AggregationEvent>()
        .With("collection-opened", ProtocolJson.Default.AggregationCollectionOpened)
        .With("update-accepted", ProtocolJson.Default.AggregationUpdateAccepted)
        .With("part-accepted", ProtocolJson.Default.AggregationPartAccepted)
        .With("update-declined", ProtocolJson.Default.AggregationUpdateDeclined)
        .With("deadline-extended", ProtocolJson.Default.AggregationDeadlineExtended)
        .With("collection-closed", ProtocolJson.Default.AggregationCollectionClosed)
        .With("sum-sealed", ProtocolJson.Default.AggregationSumSealed)
        .With("collection-failed", ProtocolJson.Default.AggregationCollectionFailed)
        .With("round-released", ProtocolJson.Default.AggregationRoundReleased)
        .With("aggregation-command-rejected", ProtocolJson.Default.AggregationCommandRejected)
        .With("aggregation-leadership-taken", ProtocolJson.Default.AggregationLeadershipTaken)
        .With("aggregation-leader-seen", ProtocolJson.Default.AggregationLeaderSeen);

    /// <summary>Events of a silo.</summary>
    public static TaggedJsonSerializer<SiloEvent> Silo { get; } = new TaggedJsonSerializer<SiloEvent>()
        .With("silo-plan-approved", ProtocolJson.Default.SiloPlanApproved)
        .With("silo-policy-decided", ProtocolJson.Default.SiloPolicyDecided)
        .With("contribution-stored", ProtocolJson.Default.SiloContributionStored)
        .With("contribution-declined", ProtocolJson.Default.SiloContributionDeclined)
        .With("silo-round-settled", ProtocolJson.Default.SiloRoundSettled)
        .With("silo-command-rejected", ProtocolJson.Default.SiloCommandRejected)
        .With("silo-leader-seen", ProtocolJson.Default.SiloLeaderSeen)
        .With("silo-keys-advertised", ProtocolJson.Default.SiloKeysAdvertised)
        .With("silo-shares-dealt", ProtocolJson.Default.SiloSharesDealt)
        .With("silo-input-masked", ProtocolJson.Default.SiloInputMasked)
        .With("silo-contributors-confirmed", ProtocolJson.Default.SiloContributorsConfirmed)
        .With("silo-shares-released", ProtocolJson.Default.SiloSharesReleased)
        .With("silo-attempt-abandoned", ProtocolJson.Default.SiloAttemptAbandoned)
        .With("silo-input-committed", ProtocolJson.Default.SiloInputCommitted)
        .With("silo-list-signed", ProtocolJson.Default.SiloListSigned)
        .With("silo-list-agreed", ProtocolJson.Default.SiloListAgreed)
        .With("silo-nonce-drawn", ProtocolJson.Default.SiloNonceDrawn)
        .With("silo-sum-doubted", ProtocolJson.Default.SiloSumDoubted)
        .With("silo-opening-ready", ProtocolJson.Default.SiloOpeningReady)
        .With("silo-opening-released", ProtocolJson.Default.SiloOpeningReleased)
        .With("silo-share-stored", ProtocolJson.Default.SiloShareStored)
        .With("silo-key-step-taken", ProtocolJson.Default.SiloKeyStepTaken)
        .With("silo-key-held", ProtocolJson.Default.SiloKeyHeld)
        .With("silo-key-abandoned", ProtocolJson.Default.SiloKeyAbandoned)
        .With("silo-keys-erased", ProtocolJson.Default.SiloKeysErased)
        .With("silo-job-ended", ProtocolJson.Default.SiloJobEnded)
        .With("silo-nonce-committed", ProtocolJson.Default.SiloNonceCommitted)
        .With("silo-nonce-shown", ProtocolJson.Default.SiloNonceShown)
        .With("silo-graph-adopted", ProtocolJson.Default.SiloGraphAdopted)
        .With("silo-restore-noticed", ProtocolJson.Default.SiloRestoreNoticed)
        .With("silo-models-kept", ProtocolJson.Default.SiloModelsKept);

    /// <summary>The newest version of a protocol event's tag; null for a tag of nobody.</summary>
    public static int? NewestVersion(string tag) => Job.NewestVersion(tag) ?? Round.NewestVersion(tag) ?? Aggregation.NewestVersion(tag) ?? Silo.NewestVersion(tag);
}
