using Fed.Cluster.Identity.Enrolment;
using Fed.Host.Commands;

namespace Fed.Host.Enrolment;

/// <summary>A fingerprint that a person compares: with what <c>--fingerprint</c> says, or on being asked. Without one of both nothing is trusted.</summary>
internal static class Consent
{
    /// <summary>Returns where the fingerprint is the right one.</summary>
    /// <param name="context">Where to ask.</param>
    /// <param name="fingerprint">What the file has.</param>
    /// <param name="given">What the user has; null for nothing.</param>
    /// <param name="what">Whose it is, for the question: "the request of fed://lung/silo/north".</param>
    /// <param name="where">Where the right one can be read: "'fed enroll request' has printed it at the node".</param>
    /// <exception cref="UserException">It is another one, the user says no, or nobody can be asked.</exception>
    public static void Require(CommandContext context, string fingerprint, string? given, string what, string where)
    {
        if (given is not null)
        {
            if (Fingerprint.Same(fingerprint, given)) return;
            throw new UserException($"{what} has the fingerprint {fingerprint}, not the one given; nothing was changed: {where}, and if they differ somebody has exchanged the file");
        }

        if (context.In is not { } input || context.Json)
            throw new UserException($"{what} has the fingerprint {fingerprint}; {where}: compare both over another channel than the file came by, and repeat the command with --fingerprint and that value");
        context.Error.WriteLine($"{what} has the fingerprint");
        context.Error.WriteLine($"  {fingerprint}");
        context.Error.WriteLine($"{where}. Compare both over another channel than the file came by.");
        context.Error.Write("Are they the same (yes or no)? ");
        context.Error.Flush();
        if (input.ReadLine()?.Trim() is not ("yes" or "YES" or "Yes")) throw new UserException("nothing was changed; find out who has exchanged the file");
    }
}
