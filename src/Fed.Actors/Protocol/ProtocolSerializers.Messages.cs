using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol;

public static partial class ProtocolSerializers
{
    /// <summary>
    /// What nodes tell each other, between machines. Nodes of two versions talk to each other, so a tag is never given to another message. What cannot be read is refused with a <see cref="JournalFormatException"/>.
    /// </summary>
    public static TaggedJsonSerializer<ProtocolMessage> Messages { get; } = new TaggedJsonSerializer<ProtocolMessage>()
        .With("propose-plan", MessageJson.Default.ProposePlan)
        .With("plan-answer", MessageJson.Default.PlanAnswer)
        .With("plan-adopted", MessageJson.Default.PlanAdopted)
        .With("ask-key-step", MessageJson.Default.AskKeyStep)
        .With("answer-key-step", MessageJson.Default.AnswerKeyStep)
        .With("decline-key-step", MessageJson.Default.DeclineKeyStep)
        .With("end-job", MessageJson.Default.EndJob)
        .With("start-round", MessageJson.Default.StartRound)
        .With("cancel-round", MessageJson.Default.CancelRound)
        .With("round-report", MessageJson.Default.RoundReport)
        .With("open-collection", MessageJson.Default.OpenCollection)
        .With("collection-sealed", MessageJson.Default.CollectionSealed)
        .With("part-sealed", MessageJson.Default.PartSealed)
        .With("collection-failed", MessageJson.Default.CollectionFailed)
        .With("invite", MessageJson.Default.Invite)
        .With("commit-nonce", MessageJson.Default.CommitNonce)
        .With("show-nonce", MessageJson.Default.ShowNonce)
        .With("beat", MessageJson.Default.Beat)
        .With("offer-update", MessageJson.Default.OfferUpdate)
        .With("decline-update", MessageJson.Default.DeclineUpdate)
        .With("update-answer", MessageJson.Default.UpdateAnswer)
        .With("share-keys", MessageJson.Default.ShareKeys)
        .With("mask-input", MessageJson.Default.MaskInput)
        .With("confirm-contributors", MessageJson.Default.ConfirmContributors)
        .With("release-shares", MessageJson.Default.ReleaseShares)
        .With("sign-list", MessageJson.Default.SignList)
        .With("upload-input", MessageJson.Default.UploadInput)
        .With("reprotect-input", MessageJson.Default.ReprotectInput)
        .With("prepare-opening", MessageJson.Default.PrepareOpening)
        .With("evaluate-sum", MessageJson.Default.EvaluateSum)
        .With("verify-opening", MessageJson.Default.VerifyOpening)
        .With("release-opening", MessageJson.Default.ReleaseOpening)
        .With("ask-rekeying", MessageJson.Default.AskRekeying)
        .With("answer-step", MessageJson.Default.AnswerStep)
        .With("close-round", MessageJson.Default.CloseRound)
        .With("round-settled", MessageJson.Default.RoundSettled)
        .With("keep-models", MessageJson.Default.KeepModels)
        .With("models-kept", MessageJson.Default.ModelsKept)
        .With("release-round", MessageJson.Default.ReleaseRound)
        .With("round-released", MessageJson.Default.RoundReleased)
        .With("site-present", MessageJson.Default.SitePresent);
}
