namespace Fed.Crypto.Multiparty;

/// <summary>A sum that one opener has tied to its round and found to be the sum of what was contributed. Only <see cref="SumCheck"/> makes one, and it counts for that opener alone.</summary>
public sealed class VerifiedSum
{
    internal VerifiedSum(CollectivePublicKey key, SumStatement statement, ActiveSet active, string opener, SumVerification level) =>
        (Key, Statement, Active, Opener, Level) = (key, statement, active, opener, level);

    /// <summary>The key of the sum.</summary>
    public CollectivePublicKey Key { get; }

    /// <summary>The sum.</summary>
    public SumStatement Statement { get; }

    /// <summary>Who opens it.</summary>
    public ActiveSet Active { get; }

    /// <summary>Who verified it.</summary>
    public string Opener { get; }

    /// <summary>How it was verified.</summary>
    public SumVerification Level { get; }
}
