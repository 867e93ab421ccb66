using System.Text.Json.Serialization;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;

namespace Fed.Actors.Protocol;

/// <summary>Source-generated JSON of plans and events: readable with SQL, free of reflection. Property order is the declaration's, so equal values give equal bytes.</summary>
[JsonSourceGenerationOptions(
    IgnoreReadOnlyProperties = true,   // what is computed from other fields is not stored, and not hashed
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(JobPlan))]
[JsonSerializable(typeof(JobEvent.JobPlanned), TypeInfoPropertyName = "JobPlanned")]
[JsonSerializable(typeof(JobEvent.PlanApproved), TypeInfoPropertyName = "JobPlanApproved")]
[JsonSerializable(typeof(JobEvent.PlanAdopted), TypeInfoPropertyName = "JobPlanAdopted")]
[JsonSerializable(typeof(JobEvent.JobStarted), TypeInfoPropertyName = "JobStarted")]
[JsonSerializable(typeof(JobEvent.RoundRecorded), TypeInfoPropertyName = "JobRoundRecorded")]
[JsonSerializable(typeof(JobEvent.JobCompleted), TypeInfoPropertyName = "JobCompleted")]
[JsonSerializable(typeof(JobEvent.JobFailed), TypeInfoPropertyName = "JobFailed")]
[JsonSerializable(typeof(RoundEvent.PlanAdopted), TypeInfoPropertyName = "RoundPlanAdopted")]
[JsonSerializable(typeof(RoundEvent.RoundPlanned), TypeInfoPropertyName = "RoundPlanned")]
[JsonSerializable(typeof(RoundEvent.AttemptStarted), TypeInfoPropertyName = "RoundAttemptStarted")]
[JsonSerializable(typeof(RoundEvent.CollectionRequested), TypeInfoPropertyName = "RoundCollectionRequested")]
[JsonSerializable(typeof(RoundEvent.AttemptFailed), TypeInfoPropertyName = "RoundAttemptFailed")]
[JsonSerializable(typeof(RoundEvent.SumSealed), TypeInfoPropertyName = "RoundSumSealed")]
[JsonSerializable(typeof(RoundEvent.SumOpened), TypeInfoPropertyName = "RoundSumOpened")]
[JsonSerializable(typeof(RoundEvent.SumApplied), TypeInfoPropertyName = "RoundSumApplied")]
[JsonSerializable(typeof(RoundEvent.RoundCommitted), TypeInfoPropertyName = "RoundCommitted")]
[JsonSerializable(typeof(RoundEvent.SiloSettled), TypeInfoPropertyName = "RoundSiloSettled")]
[JsonSerializable(typeof(RoundEvent.RoundFailed), TypeInfoPropertyName = "RoundFailed")]
[JsonSerializable(typeof(RoundEvent.RoundStopped), TypeInfoPropertyName = "RoundStopped")]
[JsonSerializable(typeof(AggregationEvent.CollectionOpened), TypeInfoPropertyName = "AggregationCollectionOpened")]
[JsonSerializable(typeof(AggregationEvent.UpdateAccepted), TypeInfoPropertyName = "AggregationUpdateAccepted")]
[JsonSerializable(typeof(AggregationEvent.PartAccepted), TypeInfoPropertyName = "AggregationPartAccepted")]
[JsonSerializable(typeof(AggregationEvent.UpdateDeclined), TypeInfoPropertyName = "AggregationUpdateDeclined")]
[JsonSerializable(typeof(AggregationEvent.DeadlineExtended), TypeInfoPropertyName = "AggregationDeadlineExtended")]
[JsonSerializable(typeof(AggregationEvent.CollectionClosed), TypeInfoPropertyName = "AggregationCollectionClosed")]
[JsonSerializable(typeof(AggregationEvent.SumSealed), TypeInfoPropertyName = "AggregationSumSealed")]
[JsonSerializable(typeof(AggregationEvent.CollectionFailed), TypeInfoPropertyName = "AggregationCollectionFailed")]
[JsonSerializable(typeof(AggregationEvent.RoundReleased), TypeInfoPropertyName = "AggregationRoundReleased")]
[JsonSerializable(typeof(SiloEvent.PlanApproved), TypeInfoPropertyName = "SiloPlanApproved")]
[JsonSerializable(typeof(SiloEvent.ContributionStored), TypeInfoPropertyName = "SiloContributionStored")]
[JsonSerializable(typeof(SiloEvent.ContributionDeclined), TypeInfoPropertyName = "SiloContributionDeclined")]
[JsonSerializable(typeof(SiloEvent.RoundSettled), TypeInfoPropertyName = "SiloRoundSettled")]
[JsonSerializable(typeof(JobEvent.CommandRejected), TypeInfoPropertyName = "JobCommandRejected")]
[JsonSerializable(typeof(RoundEvent.CommandRejected), TypeInfoPropertyName = "RoundCommandRejected")]
[JsonSerializable(typeof(AggregationEvent.CommandRejected), TypeInfoPropertyName = "AggregationCommandRejected")]
[JsonSerializable(typeof(SiloEvent.CommandRejected), TypeInfoPropertyName = "SiloCommandRejected")]
[JsonSerializable(typeof(JobEvent.LeadershipTaken), TypeInfoPropertyName = "JobLeadershipTaken")]
[JsonSerializable(typeof(JobEvent.LeaderSeen), TypeInfoPropertyName = "JobLeaderSeen")]
[JsonSerializable(typeof(RoundEvent.LeadershipTaken), TypeInfoPropertyName = "RoundLeadershipTaken")]
[JsonSerializable(typeof(RoundEvent.LeaderSeen), TypeInfoPropertyName = "RoundLeaderSeen")]
[JsonSerializable(typeof(AggregationEvent.LeadershipTaken), TypeInfoPropertyName = "AggregationLeadershipTaken")]
[JsonSerializable(typeof(AggregationEvent.LeaderSeen), TypeInfoPropertyName = "AggregationLeaderSeen")]
[JsonSerializable(typeof(SiloEvent.LeaderSeen), TypeInfoPropertyName = "SiloLeaderSeen")]
[JsonSerializable(typeof(RoundEvent.KeysClosed), TypeInfoPropertyName = "RoundKeysClosed")]
[JsonSerializable(typeof(RoundEvent.SharesClosed), TypeInfoPropertyName = "RoundSharesClosed")]
[JsonSerializable(typeof(RoundEvent.ContributorsConfirmed), TypeInfoPropertyName = "RoundContributorsConfirmed")]
[JsonSerializable(typeof(SiloEvent.KeysAdvertised), TypeInfoPropertyName = "SiloKeysAdvertised")]
[JsonSerializable(typeof(SiloEvent.SharesDealt), TypeInfoPropertyName = "SiloSharesDealt")]
[JsonSerializable(typeof(SiloEvent.InputMasked), TypeInfoPropertyName = "SiloInputMasked")]
[JsonSerializable(typeof(SiloEvent.ContributorsConfirmed), TypeInfoPropertyName = "SiloContributorsConfirmed")]
[JsonSerializable(typeof(SiloEvent.SharesReleased), TypeInfoPropertyName = "SiloSharesReleased")]
[JsonSerializable(typeof(SiloEvent.AttemptAbandoned), TypeInfoPropertyName = "SiloAttemptAbandoned")]
internal sealed partial class ProtocolJson : JsonSerializerContext;
