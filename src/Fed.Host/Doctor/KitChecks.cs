using System.Collections.Immutable;
using System.Globalization;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;

namespace Fed.Host.Doctor;

/// <summary>Keys and certificates of a node's folder.</summary>
internal static class KitChecks
{
    private static readonly TimeSpan EndsSoon = TimeSpan.FromDays(30), ListOld = TimeSpan.FromDays(400);

    /// <summary>Checks the folder; its credentials too where they are good, for the checks that need them.</summary>
    /// <param name="folder">The kit.</param>
    /// <param name="expected">Role and name that the configuration states.</param>
    /// <param name="clock">The time.</param>
    public static (ImmutableArray<Check> Checks, NodeCredentials? Credentials) Examine(NodeFolder folder, (NodeRole Role, string Name) expected, TimeProvider clock)
    {
        NodeCredentials credentials;
        try
        {
            credentials = folder.Open(clock);
        }
        catch (KeyFileException e)
        {
            return ([Check.Failed("keys", e.Message, "make the keys readable to the node's user alone, or restore them; lost keys are replaced by enrolling again")], null);
        }
        catch (IdentityException e)
        {
            return ([Check.Failed("certificates", e.Message, "enrol the node: fed enroll request, approve at the CA's holder, fed enroll import")], null);
        }

        NodeIdentity identity = credentials.Identity;
        ImmutableArray<Check>.Builder checks = ImmutableArray.CreateBuilder<Check>();
        checks.Add(Check.Ok("keys", $"in {folder.Keys}, for their owner only"));
        checks.Add((identity.Role, identity.Name) == expected ? Lifetime(credentials, clock.GetUtcNow()) : Check.Failed(
            "certificates", $"they are of {identity}, and the configuration is of a {expected.Role.ToString().ToLowerInvariant()} '{expected.Name}'", "correct node.name and node.role, or node.kit"));
        checks.Add(ListOf(credentials, clock.GetUtcNow()));
        checks.Add(MembersOf(credentials));
        return (checks.ToImmutable(), credentials);
    }

    private static Check Lifetime(NodeCredentials credentials, DateTimeOffset now)
    {
        CertifiedKey key = credentials.Members.Find(credentials.Keys.Signer.KeyId, CertificateUse.Signing)!;
        string end = key.NotAfter.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (key.NotAfter < now) return Check.Failed("certificates", $"they ended on {end}", "fed enroll request again, and import the answer");
        return key.NotAfter - now < EndsSoon
            ? Check.Warning("certificates", $"they end on {end}", "renew now: fed enroll request, approve, import, and restart the node")
            : Check.Ok("certificates", $"of {credentials.Identity}, until {end}");
    }

    private static Check ListOf(NodeCredentials credentials, DateTimeOffset now)
    {
        RevocationList list = credentials.Validator.Revocations!;
        string issued = list.Issued.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (list.Issued > now + CertificateValidator.Skew) return Check.Failed("revocations", $"list {list.Number} was issued on {issued}, which this clock has not reached", "set this machine's clock");
        return now - list.Issued > ListOld
            ? Check.Warning("revocations", $"list {list.Number} is of {issued}", "ask the CA's holder whether there is a newer members.pem")
            : Check.Ok("revocations", $"list {list.Number} of {issued}, {list.Count} revoked");
    }

    private static Check MembersOf(NodeCredentials credentials)
    {
        ImmutableArray<NodeIdentity> nodes = credentials.Members.Nodes();
        string counts = string.Join(", ", nodes.GroupBy(static node => node.Role).OrderBy(static group => group.Key).Select(static group => $"{group.Count()} {group.Key.ToString().ToLowerInvariant()}{(group.Count() == 1 ? "" : "s")}"));
        NodeRole[] missing = [.. Enum.GetValues<NodeRole>().Where(role => nodes.All(node => node.Role != role))];
        return missing.Length == 0
            ? Check.Ok("members", counts)
            : Check.Warning("members", $"{counts}; there is no {string.Join(" and no ", missing.Select(static role => role.ToString().ToLowerInvariant()))}", "import the newest members.pem; if it has none either, enrol one");
    }
}
