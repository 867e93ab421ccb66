namespace Fed.Actors.Protocol.Key;

/// <summary>The steps in which sites make a collective key. Each begins when the answers of the one before are there: of all holders, but for <see cref="Enter"/>, whose answers say who they are.</summary>
public enum KeyStep
{
    /// <summary>A fresh public key for what others seal to the site. Who answers is a holder.</summary>
    Enter,

    /// <summary>The hash of the site's part of the common seed.</summary>
    CommitSeed,

    /// <summary>The part.</summary>
    RevealSeed,

    /// <summary>The hash of the site's share of the public key.</summary>
    CommitShare,

    /// <summary>The share.</summary>
    RevealShare,

    /// <summary>A signature over the whole transcript, recomputed.</summary>
    Confirm,

    /// <summary>The site's secret in shares, one sealed for each other holder. From here on the site itself no longer has it.</summary>
    Deal,

    /// <summary>Shares in openings of known values, by sets that together have every holder.</summary>
    Trial,

    /// <summary>A signature: all trials opened to what they should, and the site's part of the key is in its secret store.</summary>
    Accept,
}
