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

        /// <summary>True where some key that counts for an address passes a check: whichever of the nodes that may stand for it has signed.</summary>
        public bool AnyKey(NodeAddress address, Func<ReadOnlyMemory<byte>, bool> check) =>
            services.CertifiedKeys is { } certified ? certified(address).Any(check) : services.PublicKeys(address) is { } key && check(key);

        /// <summary>Refuses a site whose key is another than the approved plan's roster names, before anything that it has signed for a collective key or a sum under it is believed.</summary>
        /// <exception cref="CeremonyException">Of the first such site, whose name it carries; a key that is not known here is refused where it is needed.</exception>
        public void RequireApprovedKeys(JobPlan plan, IEnumerable<SiloId> silos)
        {
            foreach (SiloId silo in silos)
                if (services.PublicKeys(NodeAddress.Silo(silo.Value)) is { } key && !IsApproved(plan, silo, key.Span))
                    throw new CeremonyException($"the key of '{silo}' is not the one that the approved plan names") { Site = silo };
        }

        private bool IsSigned(JobPlan plan, SiloId silo, string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature) =>
            Verified(services, plan, silo, purpose, content.ToArray(), signature.ToArray());
    }

    private static bool Verified(NodeServices services, JobPlan plan, SiloId silo, string purpose, byte[] content, byte[] signature) =>
        services.AnyKey(NodeAddress.Silo(silo.Value), key => IsApproved(plan, silo, key.Span) && services.Signer.Verify(purpose, content, signature, key.Span));

    private static bool IsApproved(JobPlan plan, SiloId silo, ReadOnlySpan<byte> key)
    {
        Digest id = Digest.Of(key);
        return plan.Roster.Any(entry => entry.Silo == silo && entry.KeyId == id);
    }
}
