using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Shell;

/// <summary>Signatures that count: made with the key that the approved plan's roster names, whatever key a site may have by now.</summary>
internal static class RosterKeys
{
    extension(NodeServices services)
    {
        /// <summary>True for an answer that its site has signed.</summary>
        public bool IsSigned(JobPlan plan, StepAnswer answer) => services.IsSigned(plan, answer.Silo, StepAnswer.Purpose, answer.SignedContent(), answer.Signature.Span);

        /// <summary>True for an answer in the making of a key that its site has signed.</summary>
        public bool IsSigned(JobPlan plan, KeyAnswer answer) => services.IsSigned(plan, answer.Silo, KeyAnswer.Purpose, answer.SignedContent(), answer.Signature.Span);

        /// <summary>True for a manifest that its site has signed.</summary>
        public bool IsSigned(JobPlan plan, UpdateManifest manifest) => services.IsSigned(plan, manifest.Silo, UpdateManifest.Purpose, manifest.SignedContent(), manifest.Signature.Span);

        private bool IsSigned(JobPlan plan, SiloId silo, string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature) =>
            services.PublicKeys(NodeAddress.Silo(silo.Value)) is { } key
            && plan.Roster.Any(entry => entry.Silo == silo && entry.KeyId == Digest.Of(key.Span))
            && services.Signer.Verify(purpose, content, signature, key.Span);
    }
}
