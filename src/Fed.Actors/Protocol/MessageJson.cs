using System.Text.Json.Serialization;

namespace Fed.Actors.Protocol;

/// <summary>
/// JSON of what nodes say to each other, apart from that of events: whoever reads a message does not trust it. What is missing, null where nothing may be, doubled or unknown is refused; a newer message has a newer version.
/// </summary>
[JsonSourceGenerationOptions(
    IgnoreReadOnlyProperties = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ProtocolMessage.ProposePlan), TypeInfoPropertyName = "ProposePlan")]
[JsonSerializable(typeof(ProtocolMessage.PlanAnswer), TypeInfoPropertyName = "PlanAnswer")]
[JsonSerializable(typeof(ProtocolMessage.PlanAdopted), TypeInfoPropertyName = "PlanAdopted")]
[JsonSerializable(typeof(ProtocolMessage.AskKeyStep), TypeInfoPropertyName = "AskKeyStep")]
[JsonSerializable(typeof(ProtocolMessage.AnswerKeyStep), TypeInfoPropertyName = "AnswerKeyStep")]
[JsonSerializable(typeof(ProtocolMessage.DeclineKeyStep), TypeInfoPropertyName = "DeclineKeyStep")]
[JsonSerializable(typeof(ProtocolMessage.EndJob), TypeInfoPropertyName = "EndJob")]
[JsonSerializable(typeof(ProtocolMessage.StartRound), TypeInfoPropertyName = "StartRound")]
[JsonSerializable(typeof(ProtocolMessage.CancelRound), TypeInfoPropertyName = "CancelRound")]
[JsonSerializable(typeof(ProtocolMessage.RoundReport), TypeInfoPropertyName = "RoundReport")]
[JsonSerializable(typeof(ProtocolMessage.OpenCollection), TypeInfoPropertyName = "OpenCollection")]
[JsonSerializable(typeof(ProtocolMessage.CollectionSealed), TypeInfoPropertyName = "CollectionSealed")]
[JsonSerializable(typeof(ProtocolMessage.PartSealed), TypeInfoPropertyName = "PartSealed")]
[JsonSerializable(typeof(ProtocolMessage.CollectionFailed), TypeInfoPropertyName = "CollectionFailed")]
[JsonSerializable(typeof(ProtocolMessage.Invite), TypeInfoPropertyName = "Invite")]
[JsonSerializable(typeof(ProtocolMessage.CommitNonce), TypeInfoPropertyName = "CommitNonce")]
[JsonSerializable(typeof(ProtocolMessage.ShowNonce), TypeInfoPropertyName = "ShowNonce")]
[JsonSerializable(typeof(ProtocolMessage.Beat), TypeInfoPropertyName = "Beat")]
[JsonSerializable(typeof(ProtocolMessage.OfferUpdate), TypeInfoPropertyName = "OfferUpdate")]
[JsonSerializable(typeof(ProtocolMessage.DeclineUpdate), TypeInfoPropertyName = "DeclineUpdate")]
[JsonSerializable(typeof(ProtocolMessage.UpdateAnswer), TypeInfoPropertyName = "UpdateAnswer")]
[JsonSerializable(typeof(ProtocolMessage.ShareKeys), TypeInfoPropertyName = "ShareKeys")]
[JsonSerializable(typeof(ProtocolMessage.MaskInput), TypeInfoPropertyName = "MaskInput")]
[JsonSerializable(typeof(ProtocolMessage.ConfirmContributors), TypeInfoPropertyName = "ConfirmContributors")]
[JsonSerializable(typeof(ProtocolMessage.ReleaseShares), TypeInfoPropertyName = "ReleaseShares")]
[JsonSerializable(typeof(ProtocolMessage.SignList), TypeInfoPropertyName = "SignList")]
[JsonSerializable(typeof(ProtocolMessage.UploadInput), TypeInfoPropertyName = "UploadInput")]
[JsonSerializable(typeof(ProtocolMessage.ReprotectInput), TypeInfoPropertyName = "ReprotectInput")]
[JsonSerializable(typeof(ProtocolMessage.PrepareOpening), TypeInfoPropertyName = "PrepareOpening")]
[JsonSerializable(typeof(ProtocolMessage.EvaluateSum), TypeInfoPropertyName = "EvaluateSum")]
[JsonSerializable(typeof(ProtocolMessage.VerifyOpening), TypeInfoPropertyName = "VerifyOpening")]
[JsonSerializable(typeof(ProtocolMessage.ReleaseOpening), TypeInfoPropertyName = "ReleaseOpening")]
[JsonSerializable(typeof(ProtocolMessage.AskRekeying), TypeInfoPropertyName = "AskRekeying")]
[JsonSerializable(typeof(ProtocolMessage.AnswerStep), TypeInfoPropertyName = "AnswerStep")]
[JsonSerializable(typeof(ProtocolMessage.CloseRound), TypeInfoPropertyName = "CloseRound")]
[JsonSerializable(typeof(ProtocolMessage.RoundSettled), TypeInfoPropertyName = "RoundSettled")]
[JsonSerializable(typeof(ProtocolMessage.KeepModels), TypeInfoPropertyName = "KeepModels")]
[JsonSerializable(typeof(ProtocolMessage.ModelsKept), TypeInfoPropertyName = "ModelsKept")]
[JsonSerializable(typeof(ProtocolMessage.ReleaseRound), TypeInfoPropertyName = "ReleaseRound")]
[JsonSerializable(typeof(ProtocolMessage.RoundReleased), TypeInfoPropertyName = "RoundReleased")]
[JsonSerializable(typeof(ProtocolMessage.SitePresent), TypeInfoPropertyName = "SitePresent")]
internal sealed partial class MessageJson : JsonSerializerContext;
